import { SubCommand } from 'nest-commander';
import { ClientsAdministration } from '../../clients/clients-administration.js';
import { operatorInfo } from '../../common/client-info.js';
import { CLIENT_ARGUMENT, ClientCommand } from './client-command.js';

@SubCommand({
  name: 'enable',
  description: 'let a disabled client get tokens again',
  ...CLIENT_ARGUMENT,
})
export class EnableClientCommand extends ClientCommand {
  override async run([idOrName = '']: string[]): Promise<void> {
    await this.service.use(async (service) => {
      const client = await this.chosen(service, idOrName);
      const changed = await service.get(ClientsAdministration).enable(client, operatorInfo());
      const { clientId: client_id, name } = client;
      await this.output.result(
        changed ? `Enabled ${name} (${client_id})` : `${name} (${client_id}) was not disabled`,
        { client_id, name, disabled: false, changed },
      );
    });
  }
}
