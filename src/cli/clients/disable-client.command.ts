import { SubCommand } from 'nest-commander';
import { ClientsAdministration } from '../../clients/clients-administration.js';
import { operatorInfo } from '../../common/client-info.js';
import { CLIENT_ARGUMENT, ClientCommand } from './client-command.js';

@SubCommand({
  name: 'disable',
  description: "kill a client's tokens, and refuse its secrets",
  ...CLIENT_ARGUMENT,
})
export class DisableClientCommand extends ClientCommand {
  override async run([idOrName = '']: string[]): Promise<void> {
    await this.service.use(async (service) => {
      const client = await this.chosen(service, idOrName);
      const changed = await service.get(ClientsAdministration).disable(client, operatorInfo());
      const { clientId: client_id, name } = client;
      await this.output.result(
        changed ? `Disabled ${name} (${client_id})` : `${name} (${client_id}) was disabled before`,
        { client_id, name, disabled: true, changed },
      );
    });
  }
}
