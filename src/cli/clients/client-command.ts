import type { INestApplicationContext } from '@nestjs/common';
import type { Client } from '../../clients/client.entity.js';
import { ClientsAdministration } from '../../clients/clients-administration.js';
import { CommandFailure } from '../exit-codes.js';
import { ServiceCommand } from '../service-command.js';

/** What the argument of such a command means. */
export const CLIENT_ARGUMENT = {
  arguments: '<client>',
  argsDescription: { client: 'a client_id or a name' },
};

/** A command about one client. */
export abstract class ClientCommand extends ServiceCommand {
  /** @throws CommandFailure `unknown-client`, or DomainError `service-unavailable` */
  protected async chosen(service: INestApplicationContext, client: string): Promise<Client> {
    const found = await service.get(ClientsAdministration).find(client);
    if (!found) throw unknownClient(client);
    return found;
  }

  /** Shows credentials, the secret for the one and only time. */
  protected async tell(
    done: string,
    credentials: { clientId: string; secret: string },
    details: object,
  ): Promise<void> {
    const { clientId: client_id, secret: client_secret } = credentials;
    if (this.output.isJson) {
      await this.output.result('', { client_id, client_secret, ...details });
      return;
    }
    await this.output.line(done);
    await this.output.line(`client_id      ${client_id}`);
    await this.output.line(`client_secret  ${client_secret}`);
    await this.output.line('The secret is not shown again.');
  }
}

/** @param client as it was named */
export function unknownClient(client: string): CommandFailure {
  return new CommandFailure('unknown-client', `There is no client with this id or name: ${client}`);
}
