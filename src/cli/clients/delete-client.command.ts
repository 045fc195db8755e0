import { SubCommand } from 'nest-commander';
import { ClientsAdministration } from '../../clients/clients-administration.js';
import { operatorInfo } from '../../common/client-info.js';
import { CLIENT_ARGUMENT, ClientCommand } from './client-command.js';

@SubCommand({
  name: 'delete',
  description: 'delete a client with its secrets and tokens, for good',
  ...CLIENT_ARGUMENT,
})
export class DeleteClientCommand extends ClientCommand {
  override async run([idOrName = '']: string[]): Promise<void> {
    await this.service.use(async (service) => {
      const client = await this.chosen(service, idOrName);
      await service.get(ClientsAdministration).delete(client, operatorInfo());
      const { clientId: client_id, name } = client;
      await this.output.result(`Deleted ${name} (${client_id})`, {
        client_id,
        name,
        deleted: true,
      });
    });
  }
}
