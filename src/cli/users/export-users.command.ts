import { SubCommand } from 'nest-commander';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { AccountsImport } from '../../users/accounts-import.js';
import { ServiceCommand } from '../service-command.js';
import { everyUser } from './every-user.js';

@SubCommand({
  name: 'export',
  description: 'write all accounts as JSON lines, with the hashes of their passwords',
})
export class ExportUsersCommand extends ServiceCommand {
  override async run(): Promise<void> {
    await this.service.use(async (service) => {
      for await (const user of everyUser(service.get(AccountsAdministration))) {
        const { id, username, passwordHash: password_hash } = user;
        const created_at = new Date(user.createdAtMs).toISOString();
        const disabled = user.disabledAtMs !== null;
        const account = { id, username, password_hash, created_at, disabled };
        await this.output.line(JSON.stringify(account));
      }
      // So that an import never gives the id of a deleted account to another.
      const last_id = await service.get(AccountsImport).lastGivenId();
      await this.output.line(JSON.stringify({ last_id }));
    });
  }
}
