import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { UserCommand, USER_ARGUMENT } from './user-command.js';

@SubCommand({
  name: 'enable',
  description: 'let a disabled account log in again',
  ...USER_ARGUMENT,
})
export class EnableUserCommand extends UserCommand {
  override async run([name = '']: string[], options: { id?: true }): Promise<void> {
    await this.service.use(async (service) => {
      const user = await this.chosen(service, name, options);
      const changed = await service.get(AccountsAdministration).enable(user, operatorInfo());
      const { id, username } = user;
      await this.output.result(
        changed ? `Enabled ${username} (id ${id})` : `${username} (id ${id}) was not disabled`,
        { id, username, disabled: false, changed },
      );
    });
  }
}
