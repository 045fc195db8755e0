import { SubCommand } from 'nest-commander';
import { operatorInfo } from '../common/client-info.js';
import { AccountsAdministration } from '../users/accounts-administration.service.js';
import { CliCommand } from './cli-command.js';
import { readNewPassword } from './new-password.js';
import { Output } from './output.js';
import { Service } from './service.js';

@SubCommand({
  name: 'create',
  description: 'make an account, with the password from standard input',
  arguments: '<name>',
  argsDescription: { name: 'its username' },
})
export class CreateUserCommand extends CliCommand {
  constructor(
    private readonly service: Service,
    private readonly output: Output,
  ) {
    super();
  }

  override async run([username = '']: string[]): Promise<void> {
    const password = await readNewPassword();
    await this.service.use(async (service) => {
      const accounts = service.get(AccountsAdministration);
      const user = await accounts.create({ username, password }, operatorInfo());
      await this.output.result(`Created ${user.username} with the id ${user.id}`, user);
    });
  }
}
