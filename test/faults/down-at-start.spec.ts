import type { Account, Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import type { PostgresCluster } from '../support/postgres-cluster.mjs';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { GUARDED_ROUTES, present, renewed, TEST_KEY } from '../support/tokens.js';
import { RECOVERY_LIMIT_MS } from './load-record.js';
import { expectPromptRefusal, loginOf, readiness, requestsOf, TEST_LIMIT_MS } from './outage.js';

async function expectLiveAndNotReady(client: Client): Promise<void> {
  expect((await client.get('/health/live')).status).toBe(200);
  expect((await client.get('/health/ready')).status).toBe(503);
}

async function expectService(server: Server, account: Account): Promise<void> {
  const { client } = server;
  await readiness(client, 200);
  await eventually(async () => {
    expect(await client.accepts(await client.login(account))).toBe(true);
  }, RECOVERY_LIMIT_MS);
  expect(server.hasEnded).toBe(false);
}

describe('A service that is started again while', () => {
  let postgres: PostgresCluster;
  let redis: RedisServer;
  let before: Server;
  let account: Account & { token: string };

  beforeEach(async () => {
    [postgres, redis] = await Promise.all([privatePostgres(), privateRedis()]);
  });

  /** Somebody has a token of an earlier process that had the same key and the same stores. */
  async function startAndStop(variables: Record<string, string>): Promise<void> {
    before = await Server.start({ JWT_KEY: TEST_KEY, ...variables });
    account = await before.client.newSession();
    await before.stop();
  }

  it(
    'PostgreSQL is down is live and not ready, answers 503, and serves when it comes (F12)',
    async () => {
      await startAndStop({ DATABASE_URL: postgres.url });
      await postgres.stopAtOnce();
      const server = await before.restart();
      const { client } = server;
      await expectLiveAndNotReady(client);
      await expectPromptRefusal(client.post('/user', { json: loginOf(account) }));
      for (const send of requestsOf(client, account.token, account)) {
        await expectPromptRefusal(send());
      }
      await postgres.start();
      await expectService(server, account);
      expect(await client.accepts(account.token)).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it(
    'PostgreSQL and Redis are down serves when both have come (F1, F12)',
    async () => {
      await startAndStop({ DATABASE_URL: postgres.url, REDIS_URL: redis.url });
      await Promise.all([postgres.stopAtOnce(), redis.kill()]);
      const server = await before.restart();
      const { client } = server;
      await expectLiveAndNotReady(client);
      await expectPromptRefusal(client.get('/user', { bearer: account.token }));
      await redis.start();
      await expectPromptRefusal(client.post('/authenticate_user', { json: loginOf(account) }));
      await expectLiveAndNotReady(client);
      await postgres.start();
      await expectService(server, account);
      expect(await client.accepts(account.token)).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it(
    'Redis is down neither accepts nor refuses a token of before until it comes (F1)',
    async () => {
      await startAndStop({ REDIS_URL: redis.url });
      await redis.kill();
      const server = await before.restart();
      const { client } = server;
      for (const route of GUARDED_ROUTES) {
        await expectPromptRefusal(present(client, route, account.token));
      }
      await redis.start();
      await expectService(server, account);
      expect(await client.accepts(account.token)).toBe(true);
      expect(await client.accepts(await renewed(client, account.token))).toBe(true);
    },
    TEST_LIMIT_MS,
  );
});

it(
  'A service whose PostgreSQL keeps the tokens, too, answers every request with one 503 while it is gone (F12)',
  async () => {
    const postgres = await privatePostgres();
    const server = await Server.start({ DATABASE_URL: postgres.url });
    const { client } = server;
    const account = await client.newSession();
    await postgres.stopAtOnce();
    for (const route of GUARDED_ROUTES) {
      await expectPromptRefusal(present(client, route, account.token));
    }
    await readiness(client, 503);
    await postgres.start();
    await expectService(server, account);
    expect(await client.accepts(await renewed(client, account.token))).toBe(true);
  },
  TEST_LIMIT_MS,
);
