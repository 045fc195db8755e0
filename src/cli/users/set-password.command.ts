import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { readNewPassword } from './new-password.js';
import { UserCommand, USER_ARGUMENT } from './user-command.js';

@SubCommand({
  name: 'set-password',
  description: 'set a new password from standard input, and end all sessions of the account',
  ...USER_ARGUMENT,
})
export class SetPasswordCommand extends UserCommand {
  override async run([name = '']: string[], options: { id?: true }): Promise<void> {
    this.service.checkConfiguration();
    const password = await readNewPassword();
    await this.service.use(async (service) => {
      const user = await this.chosen(service, name, options);
      await service.get(AccountsAdministration).setPassword(user, password, operatorInfo());
      const { id, username } = user;
      await this.output.result(
        `${username} (id ${id}) has a new password, and its sessions have ended`,
        { id, username },
      );
    });
  }
}
