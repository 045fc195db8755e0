import { setTimeout as sleep } from 'node:timers/promises';
import { claimsOf, type Client } from '../support/client.js';
import type { PostgresCluster } from '../support/postgres-cluster.mjs';
import { privatePostgres } from '../support/private-servers.js';
import { setReadOnly } from '../support/read-only.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server } from '../support/server.js';
import { renew, renewed } from '../support/tokens.js';
import { expectPromptRefusal, readiness, TEST_LIMIT_MS } from './outage.js';

const REUSE_INTERVAL_PASSED_MS = 1_500;

describe('A service whose PostgreSQL takes no writes', () => {
  let postgres: PostgresCluster;
  let client: Client;

  beforeAll(async () => {
    postgres = await privatePostgres();
    ({ client } = await Server.start({
      DATABASE_URL: postgres.url,
      REDIS_URL: newRedisDatabase(),
      TOKEN_REUSE_INTERVAL: '1',
    }));
  }, TEST_LIMIT_MS);

  it('is not ready, and ready again soon after (F12)', async () => {
    await readiness(client, 200);
    await setReadOnly(postgres.url, true);
    await readiness(client, 503);
    expect((await client.get('/health/live')).status).toBe(200);
    await setReadOnly(postgres.url, false);
    await readiness(client, 200);
  });

  it(
    'ends the session of a stolen token when it is tried again, and leaves nothing of it (F12)',
    async () => {
      const { token: stolen, ...account } = await client.newSession();
      const successor = await renewed(client, stolen);
      expect(await client.accepts(successor)).toBe(true);
      const elsewhere = await client.login(account);
      await sleep(REUSE_INTERVAL_PASSED_MS);
      await setReadOnly(postgres.url, true);
      await readiness(client, 503);
      await expectPromptRefusal(renew(client, stolen));
      await setReadOnly(postgres.url, false);
      await readiness(client, 200);

      expect((await renew(client, stolen)).status).toBe(401);
      expect(await client.accepts(successor)).toBe(false);
      const { body } = await client.get('/user/sessions', { bearer: elsewhere });
      expect(body.sessions).toMatchObject([{ id: claimsOf(elsewhere).sid }]);
      const events = await client.get('/user/events', { bearer: elsewhere });
      const types = (events.body.events as { type: string }[]).map(({ type }) => type);
      expect(types.filter((type) => type === 'token.reuse_detected')).toHaveLength(1);
    },
    TEST_LIMIT_MS,
  );
});
