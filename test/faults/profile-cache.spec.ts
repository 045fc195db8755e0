import pg from 'pg';
import { type Account, uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import type { PostgresCluster } from '../support/postgres-cluster.mjs';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { TEST_KEY } from '../support/tokens.js';
import { ANSWER_LIMIT_MS, RECOVERY_LIMIT_MS } from './load-record.js';
import { readiness, TEST_LIMIT_MS } from './outage.js';

/** How old a name may be that is shown. */
const AGE_LIMIT_MS = 5_000;

describe('The names that two instances show to everybody', () => {
  let postgres: PostgresCluster;
  let redis: RedisServer;
  let a: Server;
  let b: Server;
  let account: Account & { token: string };

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([privatePostgres(), privateRedis()]);
    const variables = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      JWT_KEY: TEST_KEY,
      PUBLIC_URL: 'http://gatehouse.test',
    };
    a = await Server.start(variables);
    b = await Server.start(variables);
  }, TEST_LIMIT_MS);

  beforeEach(async () => {
    account = await a.client.newSession();
  });

  const shownBy = ({ client }: Server) => client.get(`/api/users/${account.id}`);

  /** One instance shows the name, and remembers it for the other. */
  async function remember(): Promise<void> {
    await eventually(async () => {
      expect((await shownBy(a)).body).toEqual({ username: account.username });
      expect(await redis.cli('KEYS', `gatehouse:cache:*${account.id}`)).not.toBe('');
    }, RECOVERY_LIMIT_MS);
  }

  it(
    'come from the cache that they share, and are at most five seconds old',
    async () => {
      const database = new pg.Client({ connectionString: postgres.url });
      await database.connect();
      const name = uniqueName();
      await eventually(async () => {
        await remember();
        const changedMs = performance.now();
        const change = 'UPDATE users SET username = $1 WHERE id = $2';
        await database.query(change, [name, account.id]);
        const first = (await shownBy(b)).body.username as string;
        await eventually(async () => {
          expect((await shownBy(b)).body).toEqual({ username: name });
        }, AGE_LIMIT_MS + ANSWER_LIMIT_MS);
        expect(performance.now() - changedMs).toBeLessThan(AGE_LIMIT_MS + ANSWER_LIMIT_MS);
        const earlier = account.username;
        await database.query(change, [earlier, account.id]);
        // A busy machine may have looked too late.
        expect(first).toBe(earlier);
      }, TEST_LIMIT_MS / 2);
      await database.end();
    },
    TEST_LIMIT_MS,
  );

  it('are new at once if the other instance changed them', async () => {
    await remember();
    const username = uniqueName();
    const options = { bearer: account.token, json: { username } };
    expect((await b.client.put('/user', options)).status).toBe(200);
    for (const server of [a, b]) expect((await shownBy(server)).body).toEqual({ username });
  });

  it('are gone at once if the other instance deleted the account', async () => {
    await remember();
    expect((await b.client.delete('/user', { bearer: account.token })).status).toBe(200);
    for (const server of [a, b]) expect((await shownBy(server)).status).toBe(400);
  });

  it(
    'come from the database while Redis is down',
    async () => {
      await remember();
      await redis.kill();
      for (const server of [a, b, a, b]) {
        const startedMs = performance.now();
        expect((await shownBy(server)).body).toEqual({ username: account.username });
        expect(performance.now() - startedMs).toBeLessThan(ANSWER_LIMIT_MS);
      }
      await redis.start();
      await Promise.all([readiness(a.client, 200), readiness(b.client, 200)]);
      await remember();
    },
    TEST_LIMIT_MS,
  );

  it(
    'come from the cache while PostgreSQL is down, and then not at all until it is back',
    async () => {
      await remember();
      await postgres.stopAtOnce();
      // No one may be shown what is older.
      await eventually(async () => {
        const { status, body } = await shownBy(b);
        if (status === 200) expect(body).toEqual({ username: account.username });
        expect(status).toBe(503);
      }, AGE_LIMIT_MS + ANSWER_LIMIT_MS);
      await postgres.start();
      await Promise.all([readiness(a.client, 200), readiness(b.client, 200)]);
      await remember();
    },
    TEST_LIMIT_MS,
  );
});
