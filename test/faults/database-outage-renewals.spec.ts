import { setTimeout as sleep } from 'node:timers/promises';
import { claimsOf } from '../support/client.js';
import { privateRedis } from '../support/private-servers.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { renew, renewed } from '../support/tokens.js';
import { postgresDatabase, sqliteDatabase } from './databases.js';
import { readiness } from './outage.js';

const REUSE_INTERVAL_S = 2;
const BEYOND_REUSE_MS = 3_000;
const TEST_LIMIT_MS = 120_000;
const NEW_PASSWORD = 'another horse';

const cases = [
  { name: 'SQLite', prepare: sqliteDatabase, withRedis: false },
  { name: 'SQLite and Redis', prepare: sqliteDatabase, withRedis: true },
  { name: 'PostgreSQL', prepare: postgresDatabase, withRedis: false },
  { name: 'PostgreSQL and Redis', prepare: postgresDatabase, withRedis: true },
];

describe.each(cases)(
  'A database that takes no writes for longer than the reuse interval (F51, $name)',
  ({ prepare, withRedis }) => {
    it(
      'costs no session: each refused request succeeds when it is repeated',
      async () => {
        const database = await prepare();
        const server = await Server.start({
          ...database.variables,
          TOKEN_REUSE_INTERVAL: String(REUSE_INTERVAL_S),
          ...(withRedis && { REDIS_URL: newRedisDatabase() }),
        });
        const { client } = server;
        const renewing = await client.newSession();
        const changing = await client.newSession();
        const change = () =>
          client.put('/user', {
            bearer: changing.token,
            json: {
              username: changing.username,
              password: NEW_PASSWORD,
              current_password: changing.password,
            },
          });

        await database.setReadOnly(true);
        const refused = await Promise.all([renew(client, renewing.token), change()]);
        expect(refused.map(({ status }) => status)).toEqual([503, 503]);
        await sleep(BEYOND_REUSE_MS);
        await database.setReadOnly(false);
        await readiness(client, 200);

        const repeated = await renew(client, renewing.token);
        const changed = await change();
        expect([repeated.status, changed.status]).toEqual([200, 200]);
        expect(await client.accepts(repeated.body.token as string)).toBe(true);
        expect(await client.accepts(changed.body.token as string)).toBe(true);
        expect(await database.stolenSessions()).toEqual([]);
      },
      TEST_LIMIT_MS,
    );
  },
);

describe('A renewal that waits for a slow Redis while the database goes away (F51)', () => {
  it.each([
    ['which answers in time', 600],
    ['which answers too late', 1_500],
  ])(
    'gives a token or 503, and costs no session: Redis, %s',
    async (_, delayMs) => {
      const [database, redis] = await Promise.all([postgresDatabase(), privateRedis()]);
      const proxy = await SlowProxy.to(Number(new URL(redis.url).port));
      const { client } = await Server.start({
        ...database.variables,
        REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
        TOKEN_REUSE_INTERVAL: String(REUSE_INTERVAL_S),
      });
      // So that Redis knows the script.
      await renewed(client, (await client.newSession()).token);
      const { token } = await client.newSession();
      // From now on a request waits for Redis, which has done what it was asked.
      const isAsked = new Promise<void>((resolve) => {
        proxy.overhear = (chunk) => chunk.includes(String(claimsOf(token).jti)) && resolve();
      });
      proxy.delayMs = delayMs;
      const renewing = renew(client, token);
      await isAsked;
      await database.server.stopAtOnce();
      const { status, body } = await renewing;
      expect([200, 503]).toContain(status);
      await sleep(BEYOND_REUSE_MS);
      proxy.delayMs = 0;
      await database.server.start();
      await readiness(client, 200);

      const repeated = await renew(client, token);
      expect(repeated.status).toBe(200);
      if (status === 200) expect(repeated.body.token).toBe(body.token);
      expect(await client.accepts(repeated.body.token as string)).toBe(true);
      expect(await client.accepts(token)).toBe(false);
      expect(await database.stolenSessions()).toEqual([]);
    },
    TEST_LIMIT_MS,
  );
});

it.each([
  { how: 'a token', singleUse: 'false' },
  { how: 'a token for a single use', singleUse: 'true' },
])(
  'A log-out by $how that the database refused succeeds when it is repeated (F51)',
  async ({ singleUse }) => {
    const database = sqliteDatabase();
    const { client } = await Server.start({
      ...database.variables,
      TOKEN_SINGLE_USE: singleUse,
      REDIS_URL: newRedisDatabase(),
    });
    const { token } = await client.newSession();
    await database.setReadOnly(true);
    expect((await client.post('/logout', { bearer: token })).status).toBe(503);
    await database.setReadOnly(false);
    await readiness(client, 200);
    expect((await client.post('/logout', { bearer: token })).status).toBe(200);
    expect((await renew(client, token)).status).toBe(401);
  },
  TEST_LIMIT_MS,
);

it('A log-out takes what a renewal takes: a token that was replaced and whose answer was lost', async () => {
  const { client } = await Server.start({ TOKEN_REUSE_INTERVAL: '1' });
  const { token } = await client.newSession();
  const follower = await renewed(client, token);
  await sleep(1_500);
  expect(await client.accepts(token)).toBe(false);
  expect((await client.post('/logout', { bearer: token })).status).toBe(200);
  expect(await client.accepts(follower)).toBe(false);
});
