import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { UserCommand, USER_ARGUMENT } from './user-command.js';

@SubCommand({
  name: 'delete',
  description: 'end all sessions of an account and delete it, for good',
  ...USER_ARGUMENT,
})
export class DeleteUserCommand extends UserCommand {
  override async run([name = '']: string[], options: { id?: true }): Promise<void> {
    await this.service.use(async (service) => {
      const user = await this.chosen(service, name, options);
      await service.get(AccountsAdministration).delete(user, operatorInfo());
      const { id, username } = user;
      await this.output.result(`Deleted ${username} (id ${id})`, { id, username, deleted: true });
    });
  }
}
