import { Option, SubCommand } from 'nest-commander';
import { ClientsAdministration } from '../../clients/clients-administration.js';
import { operatorInfo } from '../../common/client-info.js';
import { CommandFailure } from '../exit-codes.js';
import { ClientCommand } from './client-command.js';

interface Options {
  readonly scope?: readonly string[];
  readonly introspect?: boolean;
}

@SubCommand({
  name: 'create',
  description: 'register a client, and show its secret once',
  arguments: '<name>',
  argsDescription: { name: 'what people call it' },
})
export class CreateClientCommand extends ClientCommand {
  @Option({
    flags: '--scope <scope>',
    description: 'what its tokens may say that they are for; may be given several times',
  })
  scope(scope: string, earlier: readonly string[] = []): string[] {
    return [...earlier, scope];
  }

  @Option({ flags: '--introspect', description: 'let it ask whether tokens are live' })
  introspects(): true {
    return true;
  }

  override async run(
    [name = '']: string[],
    { scope = [], introspect = false }: Options,
  ): Promise<void> {
    const scopes = [...new Set(scope)];
    await this.service.use(async (service) => {
      const created = await service
        .get(ClientsAdministration)
        .create({ name, scopes, introspects: introspect }, operatorInfo());
      if (!created) {
        const message = `There is a client of this name already: ${name}. Choose another`;
        throw new CommandFailure('client-name-taken', message);
      }
      await this.tell(`Created ${name}`, created, { name, scopes, introspect });
    });
  }
}
