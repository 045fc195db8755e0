import { SubCommand } from 'nest-commander';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { ServiceCommand } from '../service-command.js';
import { everyUser } from './every-user.js';

const ROW = (id: string, state: string, created: string, username: string) =>
  `${id.padStart(8)}  ${state.padEnd(8)}  ${created.padEnd(24)}  ${username}`;

@SubCommand({ name: 'list', description: 'show all accounts, by their ids' })
export class ListUsersCommand extends ServiceCommand {
  override async run(): Promise<void> {
    await this.service.use(async (service) => {
      await this.output.heading(ROW('ID', 'STATE', 'CREATED', 'USERNAME'));
      for await (const user of everyUser(service.get(AccountsAdministration))) {
        const { id, username } = user;
        const disabled = user.disabledAtMs !== null;
        const created_at = new Date(user.createdAtMs).toISOString();
        const state = disabled ? 'disabled' : 'enabled';
        await this.output.result(ROW(String(id), state, created_at, username), {
          ...{ id, username, created_at, disabled },
        });
      }
    });
  }
}
