import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../../common/client-info.js';
import { AccountsAdministration } from '../../users/accounts-administration.js';
import { ServiceCommand } from '../service-command.js';
import { readNewPassword } from './new-password.js';

@SubCommand({
  name: 'create',
  description: 'make an account, with the password from standard input',
  arguments: '<name>',
  argsDescription: { name: 'its username' },
})
export class CreateUserCommand extends ServiceCommand {
  override async run([username = '']: string[]): Promise<void> {
    this.service.checkConfiguration();
    const password = await readNewPassword();
    await this.service.use(async (service) => {
      const accounts = service.get(AccountsAdministration);
      const user = await accounts.create({ username, password }, operatorInfo());
      await this.output.result(`Created ${user.username} with the id ${user.id}`, user);
    });
  }
}
