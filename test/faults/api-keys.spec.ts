import { gatehouse } from '../support/cli.js';
import type { Client } from '../support/client.js';
import { deleteKey, newKey, newKeyOwner, type MadeKey } from '../support/keys.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { expectPromptRefusal, readiness, TEST_LIMIT_MS } from './outage.js';

const KEYS = 20;

const statusOf = async (client: Client, bearer: string): Promise<number> =>
  (await client.get('/user', { bearer })).status;

async function statusesOf(client: Client, keys: { key: string }[]): Promise<number[]> {
  const statuses = await Promise.all(keys.map(({ key }) => statusOf(client, key)));
  return [...new Set(statuses)];
}

describe('With API keys, a Redis that', () => {
  let redis: RedisServer;
  let server: Server;
  let client: Client;

  beforeEach(async () => {
    redis = await privateRedis({ appendonly: 'no' });
    server = await Server.start({
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: redis.url,
    });
    ({ client } = server);
  });

  /** Keys of one account that were used, and as many that were not. */
  async function newKeys() {
    const { token } = await client.newSession();
    const keys: MadeKey[] = [];
    while (keys.length < 2 * KEYS) keys.push(await newKey(client, token));
    const [used, unused] = [keys.slice(0, KEYS), keys.slice(KEYS)];
    expect(await statusesOf(client, used)).toEqual([200]);
    return { token, used, unused };
  }

  it(
    'does not answer is 503, and never 401 (F2)',
    async () => {
      const { key } = await newKeyOwner(client);
      await redis.kill();
      await expectPromptRefusal(client.get('/user', { bearer: key }));
      await expectPromptRefusal(client.get('/api/resource', { basic: `${key}:` }));
      await redis.start();
      await readiness(client, 200);
      expect(await statusOf(client, key)).toBe(200);
    },
    TEST_LIMIT_MS,
  );

  it(
    'lost its data asks the database: keys go on, deleted ones stay dead (F4)',
    async () => {
      const { token, used, unused } = await newKeys();
      const deleted = [...used.splice(0, KEYS / 2), ...unused.splice(0, KEYS / 2)];
      for (const { id } of deleted) await deleteKey(client, token, id);
      await redis.cli('FLUSHALL');
      expect(await statusesOf(client, deleted)).toEqual([401]);
      expect(await statusesOf(client, [...used, ...unused])).toEqual([200]);
    },
    TEST_LIMIT_MS,
  );

  it(
    'went back in time brings no deleted key back, and no disabled user (F4b, S96)',
    async () => {
      const { token, used, unused } = await newKeys();
      const other = await newKeyOwner(client);
      expect(await statusOf(client, other.key)).toBe(200);
      await redis.cli('SAVE');
      const deleted = [...used.splice(0, KEYS / 2), ...unused.splice(0, KEYS / 2)];
      for (const { id } of deleted) await deleteKey(client, token, id);
      const disabled = await gatehouse(server, ['users', 'disable', other.account.username]);
      expect(disabled).toMatchObject({ code: 0 });
      await redis.kill();
      await redis.start();
      await readiness(client, 200);
      expect(Number(await redis.cli('DBSIZE'))).toBeGreaterThan(KEYS);
      for (let round = 0; round < 2; round += 1) {
        expect(await statusesOf(client, deleted)).toEqual([401]);
        expect(await statusesOf(client, [other])).toEqual([401]);
        expect(await statusesOf(client, [...used, ...unused])).toEqual([200]);
      }
    },
    TEST_LIMIT_MS,
  );

  it(
    'was not reached by a deletion hears of it later, and its repeat is answered 200',
    async () => {
      const { token, id, key } = await newKeyOwner(client);
      expect(await statusOf(client, key)).toBe(200);
      await redis.cli('SAVE');
      // The token is checked before: Redis goes between the check and the mark, or before both.
      await redis.kill();
      const refused = await client.delete(`/user/keys/${id}`, { bearer: token });
      expect(refused.status).toBe(503);
      await redis.start();
      await readiness(client, 200);
      await deleteKey(client, token, id);
      expect(await statusOf(client, key)).toBe(401);
    },
    TEST_LIMIT_MS,
  );
});

describe('With API keys and Redis, a database that does not answer', () => {
  it(
    'leaves the keys that Redis knows alone, and others are 503 (F12)',
    async () => {
      const postgres = await privatePostgres();
      const redis = await privateRedis();
      const { client } = await Server.start({
        DATABASE_URL: postgres.url,
        REDIS_URL: redis.url,
      });
      const { token, key: known } = await newKeyOwner(client);
      const { key: unknown } = await newKey(client, token);
      expect(await statusOf(client, known)).toBe(200);
      await postgres.stopAtOnce();
      for (let round = 0; round < 3; round += 1) expect(await statusOf(client, known)).toBe(200);
      await expectPromptRefusal(client.get('/user', { bearer: unknown }));
      await postgres.start();
      await readiness(client, 200);
      expect(await statusOf(client, unknown)).toBe(200);
    },
    TEST_LIMIT_MS,
  );
});
