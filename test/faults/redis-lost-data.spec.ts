import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { atOnce, logOut, nowSeconds, renewed, untilSecond } from '../support/tokens.js';
import { readiness, TEST_LIMIT_MS } from './outage.js';

const REVOKED = 100;

/** A hard renewal's old token is dead after this. */
const TOKEN_REUSE_INTERVAL_S = 1;

/** What the tests revoke, and what they leave alone. */
interface Tokens {
  revoked: string[];
  live: string[];
}

async function sessionsOf(client: Client, people: number, each: number) {
  return Promise.all(
    Array.from({ length: people }, async () => {
      const account = await client.register();
      return { ...account, tokens: await atOnce(each, () => client.login(account)) };
    }),
  );
}

async function expectAllRevoked(client: Client, tokens: string[]): Promise<void> {
  const routes = ['/validate_token', '/renew_token', '/logout'];
  for (const [index, bearer] of tokens.entries()) {
    expect(await client.accepts(bearer)).toBe(false);
    const { status } = await client.post(routes[index % 3] ?? '', { bearer });
    expect(status).toBe(401);
  }
}

async function expectAllLive(client: Client, tokens: string[]): Promise<void> {
  for (const token of tokens) expect(await client.accepts(token)).toBe(true);
}

describe('Revoked tokens stay revoked if Redis', () => {
  async function logOutAll(client: Client): Promise<Tokens> {
    const people = await sessionsOf(client, 10, REVOKED / 10 + 1);
    const revoked = people.flatMap(({ tokens }) => tokens.slice(1));
    for (const token of revoked) await logOut(client, token);
    return { revoked, live: people.flatMap(({ tokens }) => tokens.slice(0, 1)) };
  }

  it(
    'was flushed (F4)',
    async () => {
      const redis = await privateRedis();
      const { client } = await Server.start({ REDIS_URL: redis.url });
      const { revoked, live } = await logOutAll(client);
      await expectAllLive(client, live);
      await redis.cli('FLUSHALL');
      await expectAllRevoked(client, revoked);
      // What was live is lost, and nothing else is: people log in again.
      await expectAllRevoked(client, live);
      await client.newSession();
    },
    TEST_LIMIT_MS,
  );

  it(
    'was restarted without its data (F4)',
    async () => {
      const redis = await privateRedis({ appendonly: 'no' });
      const { client } = await Server.start({ REDIS_URL: redis.url });
      const { revoked } = await logOutAll(client);
      await redis.kill();
      redis.loseData();
      await redis.start();
      await readiness(client, 200);
      await expectAllRevoked(client, revoked);
      await client.newSession();
    },
    TEST_LIMIT_MS,
  );
});

describe('A Redis that comes back from a snapshot older than', () => {
  let redis: RedisServer;
  let server: Server;
  let client: Client;

  beforeEach(async () => {
    redis = await privateRedis({ appendonly: 'no' });
    server = await Server.start({
      REDIS_URL: redis.url,
      TOKEN_REUSE_INTERVAL: String(TOKEN_REUSE_INTERVAL_S),
    });
    ({ client } = server);
  });

  async function backFromSnapshot(): Promise<void> {
    await redis.kill();
    await redis.start();
    await readiness(client, 200);
    expect(Number(await redis.cli('DBSIZE'))).toBeGreaterThan(REVOKED);
  }

  it(
    'a log-out revives none of the tokens, and keeps the others (F4b)',
    async () => {
      const people = await sessionsOf(client, 10, REVOKED / 10 + 2);
      const revoked = people.flatMap(({ tokens }) => tokens.slice(2));
      const live = people.flatMap(({ tokens }) => tokens.slice(0, 2));
      await redis.cli('SAVE');
      for (const token of revoked) await logOut(client, token);
      await backFromSnapshot();
      await expectAllRevoked(client, revoked);
      await expectAllLive(client, live);
      for (const token of live)
        expect(await client.accepts(await renewed(client, token))).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it(
    'a hard renewal revives none of the tokens, and keeps the others (F4b)',
    async () => {
      const people = await sessionsOf(client, 10, REVOKED / 10 + 2);
      const renewing = people.flatMap(({ tokens }) => tokens.slice(2));
      const live = people.flatMap(({ tokens }) => tokens.slice(0, 2));
      await redis.cli('SAVE');
      for (const token of renewing) await renewed(client, token);
      await untilSecond(nowSeconds() + TOKEN_REUSE_INTERVAL_S + 1);
      await backFromSnapshot();
      for (const token of renewing) expect(await client.accepts(token)).toBe(false);
      await expectAllLive(client, live);
    },
    TEST_LIMIT_MS,
  );

  it(
    'a password change revives none of the tokens, and keeps those of others (F4b)',
    async () => {
      const changing = await sessionsOf(client, 10, REVOKED / 10);
      const others = await sessionsOf(client, 5, 2);
      await redis.cli('SAVE');
      for (const { password, tokens } of changing) {
        const json = { password: 'another horse', current_password: password };
        const answer = await client.put('/user', { bearer: tokens[0] ?? '', json });
        expect(answer.status).toBe(200);
      }
      await backFromSnapshot();
      await expectAllRevoked(
        client,
        changing.flatMap(({ tokens }) => tokens),
      );
      await expectAllLive(
        client,
        others.flatMap(({ tokens }) => tokens),
      );
    },
    TEST_LIMIT_MS,
  );

  it(
    'a password change that the pruning job settled revives none of the tokens (F4b)',
    async () => {
      const changing = await sessionsOf(client, 10, REVOKED / 10);
      const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
      await redis.cli('SAVE');
      for (const { password, tokens } of changing) {
        const json = { password: 'another horse', current_password: password };
        const answer = await client.put('/user', { bearer: tokens[0] ?? '', json });
        expect(answer.status).toBe(200);
      }
      // As the rows are if the database took no writes after the store's step: the job knows of no generation.
      await file.query(
        'UPDATE sessions SET generation = 0, unsettled_until_ms = 1 WHERE ended_at_ms IS NULL',
      );
      await eventually(async () => {
        const unsettled = 'SELECT id FROM sessions WHERE unsettled_until_ms IS NOT NULL';
        expect(await file.query(unsettled)).toEqual([]);
      }, 20_000);
      await file.close();
      await backFromSnapshot();
      await expectAllRevoked(
        client,
        changing.flatMap(({ tokens }) => tokens),
      );
    },
    TEST_LIMIT_MS,
  );

  it(
    'a rename brings no old name back (F4b)',
    async () => {
      const people = await sessionsOf(client, REVOKED / 5 + 1, 5);
      await redis.cli('SAVE');
      const names = people.map(() => uniqueName('renamed'));
      for (const [index, { tokens }] of people.entries()) {
        const options = { bearer: tokens[0] ?? '', json: { username: names[index] } };
        expect((await client.put('/user', options)).status).toBe(200);
      }
      await backFromSnapshot();
      for (const [index, { tokens }] of people.entries()) {
        // The first time the session's row is asked, the second time the record knows.
        for (const bearer of [...tokens, ...tokens]) {
          const { status, body } = await client.get('/user', { bearer });
          expect([status, body.user.username]).toEqual([200, names[index]]);
        }
      }
    },
    TEST_LIMIT_MS,
  );
});

describe('A token that was renewed a moment ago, whose renewal no one heard of,', () => {
  async function renewedAMomentAgo() {
    const redis = await privateRedis();
    const { client } = await Server.start({ REDIS_URL: redis.url, TOKEN_REUSE_INTERVAL: '600' });
    const { token } = await client.newSession();
    redis.takeSnapshot();
    return { redis, client, token, next: await renewed(client, token) };
  }

  async function restart(redis: RedisServer, client: Client, meanwhile?: () => void) {
    await redis.kill();
    meanwhile?.();
    await redis.start();
    await readiness(client, 200);
  }

  it(
    'is honoured for the reuse interval also beyond a restart of Redis with its data (F2)',
    async () => {
      const { redis, client, token, next } = await renewedAMomentAgo();
      await restart(redis, client);
      expect(await client.accepts(token)).toBe(true);
      expect(await renewed(client, token)).toBe(next);
      expect(await client.accepts(next)).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is refused if Redis has forgotten the renewal (F4b)',
    async () => {
      const { redis, client, token } = await renewedAMomentAgo();
      await restart(redis, client, () => {
        redis.returnToSnapshot();
      });
      expect(await client.accepts(token)).toBe(false);
    },
    TEST_LIMIT_MS,
  );
});

it(
  'A replica that lagged and was promoted revives no revoked token, and keeps the others (F4b)',
  async () => {
    // It would wait for further replicas for five seconds.
    const primary = await privateRedis({ 'repl-diskless-sync-delay': 0 });
    const replica = await privateRedis();
    const proxy = await SlowProxy.to(primary.port);
    const { client } = await Server.start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    const people = await sessionsOf(client, 10, REVOKED / 10 + 1);
    const revoked = people.flatMap(({ tokens }) => tokens.slice(1));
    const live = people.flatMap(({ tokens }) => tokens.slice(0, 1));

    await replica.cli('REPLICAOF', '127.0.0.1', String(primary.port));
    const size = await primary.cli('DBSIZE');
    await eventually(async () => {
      expect(await replica.cli('DBSIZE')).toBe(size);
    }, 30_000);
    await replica.cli('REPLICAOF', 'NO', 'ONE');
    for (const token of revoked) await logOut(client, token);

    proxy.targetPort = replica.port;
    await primary.kill();
    await readiness(client, 200);
    await expectAllRevoked(client, revoked);
    await expectAllLive(client, live);
  },
  TEST_LIMIT_MS,
);

it(
  'A renewal whose answer was lost is repeated with success after a Redis that keeps its data has started again (F2)',
  async () => {
    const redis = await privateRedis();
    const { client } = await Server.start({ REDIS_URL: redis.url, TOKEN_REUSE_INTERVAL: '1' });
    const { token } = await client.newSession();
    const lost = await renewed(client, token);
    await redis.kill();
    await sleep(1_500);
    await redis.start();
    await readiness(client, 200);
    expect(await client.accepts(token)).toBe(false);
    expect(await renewed(client, token)).toBe(lost);
    expect(await client.accepts(lost)).toBe(true);
  },
  TEST_LIMIT_MS,
);
