import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { UserCommand, USER_ARGUMENT } from './user-command.js';

@SubCommand({
  name: 'disable',
  description: 'end all sessions of an account, and let no one log in to it',
  ...USER_ARGUMENT,
})
export class DisableUserCommand extends UserCommand {
  override async run([name = '']: string[], options: { id?: true }): Promise<void> {
    await this.service.use(async (service) => {
      const user = await this.chosen(service, name, options);
      const changed = await service.get(AccountsAdministration).disable(user, operatorInfo());
      const { id, username } = user;
      await this.output.result(
        changed
          ? `Disabled ${username} (id ${id}) and ended its sessions`
          : `${username} (id ${id}) was disabled before`,
        { id, username, disabled: true, changed },
      );
    });
  }
}
