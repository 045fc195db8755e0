import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Account, claimsOf, type Client, uniqueName } from '../support/client.js';
import { gatehouse } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { newRedisDatabase } from '../support/redis.js';
import { answer, challengeOf, newFactorOwner } from '../support/second-factors.js';
import { Server } from '../support/server.js';
import { logOut, renew, TEST_KEY } from '../support/tokens.js';
import { readiness, TEST_LIMIT_MS } from './outage.js';

const NEW_PASSWORD = 'a horse of another colour';

/** After this a session ends whose password change was not finished, at the next of the 5 s rounds. */
const ABANDONED_MS = 15_000;
const ABANDONED_LIMIT_MS = ABANDONED_MS + 25_000;

async function nameShown(client: Client, bearer: string): Promise<string> {
  const { status, body } = await client.get('/user', { bearer });
  expect(status).toBe(200);
  return body.user.username as string;
}

async function rolesShown(client: Client, bearer: string): Promise<string[] | undefined> {
  const { status, body } = await client.get('/user', { bearer });
  expect(status).toBe(200);
  return body.user.roles as string[] | undefined;
}

/** Waits until a statement waits for a lock. */
async function untilWaiting(database: pg.Client): Promise<void> {
  await eventually(async () => {
    const { rows } = await database.query<object>('SELECT 1 FROM pg_locks WHERE NOT granted');
    expect(rows).toHaveLength(1);
  }, 5_000);
}

it('A log-in whose last word Redis does not hear stands, as does the code that it used up', async () => {
  const redis = await privateRedis();
  const postgres = await privatePostgres();
  const server = await Server.start({ DATABASE_URL: postgres.url, REDIS_URL: redis.url });
  const { client } = server;
  const owner = await newFactorOwner(client);
  const [code = ''] = owner.recoveryCodes;
  const challenge = await challengeOf(client, owner);
  const database = new pg.Client({ connectionString: postgres.url });
  await database.connect();
  await database.query('BEGIN');
  await database.query('LOCK TABLE sessions IN SHARE MODE');
  const logIn = answer(client, challenge, code);
  await untilWaiting(database);
  redis.pause();
  await database.query('COMMIT');
  await database.end();
  const { status, body } = await logIn;
  expect(status).toBe(200);
  redis.resume();
  await readiness(client, 200);
  expect(await client.accepts(body.token as string)).toBe(true);
});

describe('A change whose second half, in Redis, fails', () => {
  let redis: RedisServer;
  let postgresUrl: string;
  let server: Server;
  let client: Client;
  let account: Account & { token: string };

  beforeEach(async () => {
    redis = await privateRedis();
    postgresUrl = await newPostgresDatabase();
    server = await Server.start({ DATABASE_URL: postgresUrl, REDIS_URL: redis.url });
    ({ client } = server);
    account = await client.newSession();
  });

  /** A replica still lets requests in, but takes no change. */
  async function failTo(change: object): Promise<void> {
    await redis.cli('REPLICAOF', '127.0.0.1', '1');
    const { status } = await client.put('/user', { bearer: account.token, json: change });
    expect(status).toBe(503);
  }

  async function heal(): Promise<void> {
    await redis.cli('REPLICAOF', 'NO', 'ONE');
    await readiness(client, 200);
  }

  it(
    'can be repeated if it is a password, and the session then lives on',
    async () => {
      await failTo({ password: NEW_PASSWORD });
      await heal();
      const json = { password: NEW_PASSWORD };
      const { status, body } = await client.put('/user', { bearer: account.token, json });
      expect(status).toBe(200);
      expect(await client.accepts(account.token)).toBe(false);
      await sleep(25_000);
      expect(await client.accepts(body.token as string)).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it('can be repeated if it is a password that was refused twice, by a Redis that then starts again', async () => {
    // Unlike a replica it lets requests in as far as the row, each of which counts one more replacement.
    await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const json = { password: NEW_PASSWORD };
    const change = () => client.put('/user', { bearer: account.token, json });
    for (let i = 0; i < 2; i += 1) expect((await change()).status).toBe(503);
    await redis.kill();
    await redis.start();
    await readiness(client, 200);
    const { status, body } = await change();
    expect(status).toBe(200);
    expect(await client.accepts(body.token as string)).toBe(true);
  });

  it(
    'ends the session if it is a password and no one repeats it, the process being killed',
    async () => {
      const failedMs = performance.now();
      await failTo({ password: NEW_PASSWORD });
      await server.kill();
      await redis.cli('REPLICAOF', 'NO', 'ONE');
      server = await server.restart();
      const isLive = await server.client.accepts(account.token);
      // If the restart took longer than that, it may have ended already.
      expect(isLive || performance.now() - failedMs > ABANDONED_MS).toBe(true);
      await eventually(async () => {
        expect(await server.client.accepts(account.token)).toBe(false);
      }, ABANDONED_LIMIT_MS);
      await server.client.login({ ...account, password: NEW_PASSWORD });
    },
    TEST_LIMIT_MS,
  );

  it('can be repeated if it is a name, which is then the one shown', async () => {
    const username = uniqueName();
    await failTo({ username });
    await heal();
    const answer = await client.put('/user', { bearer: account.token, json: { username } });
    expect(answer.status).toBe(200);
    expect((await client.get('/user', { bearer: account.token })).body.user.username).toBe(
      username,
    );
  });

  it('is finished by the next log-in if it is a name, whatever session ends meanwhile', async () => {
    const username = uniqueName();
    await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const answer = await client.put('/user', { bearer: account.token, json: { username } });
    expect(answer.status).toBe(503);
    await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '0');
    await readiness(client, 200);
    const later = await client.login({ ...account, username });
    expect(await nameShown(client, later)).toBe(username);
    await logOut(client, account.token);
    expect(await nameShown(client, later)).toBe(username);
    expect(await nameShown(client, await client.login({ ...account, username }))).toBe(username);
  });

  it(
    'is finished if it is a role, at once if the command is repeated and later if it is not',
    async () => {
      const grant = async (role: string) => {
        return (await gatehouse(server, ['users', 'grant', account.username, role])).code;
      };
      await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
      expect([await grant('editor'), await grant('admin')]).toEqual([4, 4]);
      expect(await rolesShown(client, account.token)).toBeUndefined();
      await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '0');
      await eventually(async () => {
        expect(await rolesShown(client, account.token)).toEqual(['admin', 'editor']);
      }, ABANDONED_LIMIT_MS);
      await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
      expect(await grant('reader')).toBe(4);
      await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '0');
      expect(await grant('reader')).toBe(0);
      expect(await rolesShown(client, account.token)).toEqual(['admin', 'editor', 'reader']);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is finished if it is a name that an instance of the version before wrote and did not tell',
    async () => {
      const username = uniqueName();
      const database = new pg.Client({ connectionString: postgresUrl });
      await database.connect();
      await database.query('UPDATE users SET username = $1 WHERE id = $2', [username, account.id]);
      await database.query(
        'UPDATE sessions SET username = $1, renamed_at_ms = $2 WHERE user_id = $3',
        [username, Date.now() - ABANDONED_MS, account.id],
      );
      expect(await nameShown(client, account.token)).toBe(account.username);
      await eventually(async () => {
        expect(await nameShown(client, account.token)).toBe(username);
      }, ABANDONED_LIMIT_MS);
      // The name is shown a moment before that is noted.
      await eventually(async () => {
        const { rows } = await database.query<object>(
          'SELECT 1 FROM sessions WHERE renamed_at_ms IS NOT NULL UNION SELECT 2 FROM users WHERE untold_since_ms IS NOT NULL',
        );
        expect(rows).toEqual([]);
      }, ABANDONED_LIMIT_MS);
      await database.end();
    },
    TEST_LIMIT_MS,
  );

  it(
    'is finished if it is a name and no one repeats it, the process being killed',
    async () => {
      const username = uniqueName();
      // Unlike a promotion this leaves the records trusted.
      await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
      const answer = await client.put('/user', { bearer: account.token, json: { username } });
      expect(answer.status).toBe(503);
      await server.kill();
      await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '0');
      server = await server.restart();
      expect(await nameShown(server.client, account.token)).toBe(account.username);
      await eventually(async () => {
        expect(await nameShown(server.client, account.token)).toBe(username);
      }, ABANDONED_LIMIT_MS);
    },
    TEST_LIMIT_MS,
  );
});

it(
  'A log-out whose second half, in Redis, fails as the process dies is finished by the next one',
  async () => {
    const [postgres, redis] = await Promise.all([privatePostgres(), privateRedis()]);
    const server = await Server.start({
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      JWT_KEY: TEST_KEY,
    });
    const { token } = await server.client.newSession();
    const database = new pg.Client({ connectionString: postgres.url });
    await database.connect();
    const row = async () => {
      const sql = 'SELECT ended_at_ms FROM sessions WHERE id = $1';
      const { rows } = await database.query<{ ended_at_ms: string | null }>(sql, [
        claimsOf(token).sid,
      ]);
      return rows[0];
    };
    await redis.cli('REPLICAOF', '127.0.0.1', '1');
    expect((await server.client.post('/logout', { bearer: token })).status).toBe(503);
    await server.kill();
    expect((await row())?.ended_at_ms).toEqual(expect.any(String));
    await redis.cli('REPLICAOF', 'NO', 'ONE');
    const { client } = await server.restart();
    await eventually(async () => {
      expect(await client.accepts(token)).toBe(false);
      expect(await row()).toBeUndefined();
    }, ABANDONED_LIMIT_MS);
    expect(await redis.cli('KEYS', `*${String(claimsOf(token).jti)}*`)).toBe('');
    await database.end();
  },
  TEST_LIMIT_MS,
);

describe('A renewal that an outage of the database prevents', () => {
  it(
    'can be repeated long after the reuse interval, and is not taken for theft',
    async () => {
      const postgres = await privatePostgres();
      const { client } = await Server.start({
        DATABASE_URL: postgres.url,
        REDIS_URL: newRedisDatabase(),
        TOKEN_REUSE_INTERVAL: '1',
      });
      const { token } = await client.newSession();
      await postgres.stopAtOnce();
      expect((await renew(client, token)).status).toBe(503);
      await sleep(3_000);
      await postgres.start();
      await readiness(client, 200);
      expect((await renew(client, token)).status).toBe(200);
    },
    TEST_LIMIT_MS,
  );
});
