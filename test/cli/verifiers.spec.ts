import { Poller } from '../support/changes.js';
import { gatehouse, gatehouseJson } from '../support/cli.js';
import { registerVerifier } from '../support/oauth.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server, type Variables } from '../support/server.js';

interface Listed {
  client_id: string;
  verifier: string;
  lease_ms: number;
  polling: boolean;
}

describe('verifiers list', () => {
  it.each<[string, () => Promise<Variables>]>([
    ['PostgreSQL', async () => ({ DATABASE_URL: await newPostgresDatabase() })],
    [
      'PostgreSQL and Redis',
      async () => ({ DATABASE_URL: await newPostgresDatabase(), REDIS_URL: newRedisDatabase() }),
    ],
  ])('shows who holds a lease, and who has stopped to poll, on %s', async (_, variables) => {
    const server = await Server.start(await variables());
    const registered = await registerVerifier(server);
    const { client_id, name } = registered;
    const list = () => gatehouseJson<Listed>(server, ['verifiers', 'list']);
    expect(await list()).toEqual([]);
    const polling = await new Poller(server.client, registered).start();
    const lease = { client_id, name, lease_ms: 1_000 };
    expect(await list()).toEqual([
      { ...lease, verifier: expect.stringMatching(/^[\w-]{22}$/), polling: true },
    ]);
    await polling.stop();
    expect(await list()).toMatchObject([{ ...lease, polling: false }]);
    const { stdout } = await gatehouse(server, ['verifiers', 'list']);
    expect(stdout).toMatch(new RegExp(`^${client_id} +silent +1000 +[\\w-]{22} +${name}$`, 'm'));
  });

  it('says that only the service knows them on SQLite', async () => {
    const server = await Server.start();
    const { code, stdout, stderr } = await gatehouse(server, ['verifiers', 'list']);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(/gatehouse_verifiers/)]);
  });
});
