import { SubCommand } from 'nest-commander';
import { ClientsAdministration } from '../../clients/clients-administration.js';
import { VerifierSightings } from '../../feed/verifier-sightings.js';
import { CommandFailure } from '../exit-codes.js';
import { ServiceCommand } from '../service-command.js';

const ROW = (id: string, state: string, lease: string, verifier: string, name: string) =>
  [id.padEnd(26), state.padEnd(8), lease.padStart(8), verifier.padEnd(32), name]
    .join('  ')
    .trimEnd();

@SubCommand({ name: 'list', description: 'show those that hold a lease, and whether they poll' })
export class ListVerifiersCommand extends ServiceCommand {
  override async run(): Promise<void> {
    await this.service.use(async (service) => {
      const seen = await service.get(VerifierSightings).look();
      if (!seen) {
        throw new CommandFailure(
          'not-known-here',
          'On SQLite only the service itself knows its verifiers: gatehouse_verifiers in its metrics counts them',
        );
      }
      const clients = await service.get(ClientsAdministration).list();
      const names = new Map(clients.map(({ clientId, name }) => [clientId, name]));
      await this.output.heading(ROW('CLIENT_ID', 'STATE', 'LEASE_MS', 'VERIFIER', 'NAME'));
      for (const { client: client_id, verifier, leaseMs: lease_ms, isPolling: polling } of seen) {
        const name = names.get(client_id) ?? '';
        const state = polling ? 'polls' : 'silent';
        const text = ROW(client_id, state, String(lease_ms), verifier, name);
        await this.output.result(text, { client_id, name, verifier, lease_ms, polling });
      }
    });
  }
}
