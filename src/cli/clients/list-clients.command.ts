import { SubCommand } from 'nest-commander';
import { ClientsAdministration } from '../../clients/clients-administration.js';
import { splitScopes } from '../../clients/scopes.js';
import { ServiceCommand } from '../service-command.js';

const ROW = (id: string, state: string, introspects: string, name: string, scopes: string) =>
  [id.padEnd(26), state.padEnd(8), introspects.padEnd(10), name, scopes].join('  ').trimEnd();

@SubCommand({ name: 'list', description: 'show all clients, by their names' })
export class ListClientsCommand extends ServiceCommand {
  override async run(): Promise<void> {
    await this.service.use(async (service) => {
      await this.output.heading(ROW('CLIENT_ID', 'STATE', 'INTROSPECT', 'NAME', 'SCOPES'));
      for (const client of await service.get(ClientsAdministration).list()) {
        const { clientId: client_id, name, scopes, introspects: introspect } = client;
        const disabled = client.disabledAtMs !== null;
        const created_at = new Date(client.createdAtMs).toISOString();
        const state = disabled ? 'disabled' : 'enabled';
        const text = ROW(client_id, state, introspect ? 'yes' : 'no', name, scopes);
        await this.output.result(text, {
          ...{ client_id, name, scopes: splitScopes(scopes), introspect, disabled, created_at },
        });
      }
    });
  }
}
