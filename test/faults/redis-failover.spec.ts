import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis, privateSentinels } from '../support/private-servers.js';
import type { RedisSentinels } from '../support/redis-sentinels.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server, type Variables } from '../support/server.js';
import { atOnce, logOut, renewed } from '../support/tokens.js';
import { MixedLoad } from './mixed-load.js';
import { expectPromptRefusal, readiness, TEST_LIMIT_MS } from './outage.js';

/** So that a primary does not wait for further replicas. */
const LOSSY = { 'repl-diskless-sync-delay': 0 };

/** And so that it takes no writes without a replica that is in step. */
const SAFE = { ...LOSSY, 'min-replicas-to-write': 1, 'min-replicas-max-lag': 10 };

interface Group {
  primary: RedisServer;
  replicas: RedisServer[];
  sentinels: RedisSentinels;
  variables: Variables;
}

async function group(
  replicaCount: number,
  settings: Record<string, string | number>,
): Promise<Group> {
  const primary = await privateRedis(settings);
  const replicas = await Promise.all(
    Array.from({ length: replicaCount }, () => privateRedis(settings)),
  );
  for (const replica of replicas) {
    await replica.cli('REPLICAOF', '127.0.0.1', String(primary.port));
  }
  await eventually(async () => {
    const info = await primary.cli('INFO', 'replication');
    expect(info.match(/state=online/g)).toHaveLength(replicas.length);
  }, 20_000);
  const sentinels = await privateSentinels(primary.port);
  const variables = { REDIS_SENTINELS: sentinels.nodes, REDIS_SENTINEL_NAME: sentinels.name };
  return { primary, replicas, sentinels, variables };
}

/** Resolves once the sentinels have another primary. */
async function failedOver({ primary, sentinels }: Group): Promise<void> {
  await eventually(async () => {
    const address = await sentinels.cli('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', sentinels.name);
    expect(address).not.toContain(String(primary.port));
  }, 30_000);
}

async function expectRevoked(client: Client, tokens: string[]): Promise<void> {
  for (const bearer of tokens) {
    expect(await client.accepts(bearer)).toBe(false);
    expect((await client.post('/renew_token', { bearer })).status).toBe(401);
  }
}

describe('A service with sentinels, whose primary', () => {
  it.each(['dies', 'falls silent'])(
    '%s, goes over to the next one under load (F54)',
    async (fault) => {
      const redis = await group(2, SAFE);
      const server = await Server.start(redis.variables);
      const { client } = server;
      const [live, left] = [await client.newSession(), await client.newSession()];
      await logOut(client, left.token);
      const load = await MixedLoad.on(server);
      await sleep(3_000);

      if (fault === 'dies') await redis.primary.kill();
      else redis.primary.pause();
      await expectPromptRefusal(client.get('/user', { bearer: live.token }));
      await failedOver(redis);
      const overMs = performance.now();
      await readiness(client, 200);
      await load.untilServed(overMs);
      await expectRevoked(client, [left.token]);
      expect(await client.accepts(await renewed(client, live.token))).toBe(true);

      // The old primary comes back, and for a moment takes itself for one.
      if (fault === 'dies') await redis.primary.start();
      else redis.primary.resume();
      await sleep(2_000);
      await load.stopAndCheck();
      load.record.expectRecovery(overMs);
    },
    TEST_LIMIT_MS,
  );

  it(
    'dies before a replica has all it acknowledged, revives no revoked token, and keeps the others (F54)',
    async () => {
      const redis = await group(1, LOSSY);
      const { client } = await Server.start(redis.variables);
      const sessions = await atOnce(10, () => client.newSession());
      const [replica] = redis.replicas;
      const size = await redis.primary.cli('DBSIZE');
      await eventually(async () => {
        expect(await replica?.cli('DBSIZE')).toBe(size);
      }, 10_000);
      // It cannot log in to the primary any more.
      await replica?.cli('CONFIG', 'SET', 'masterauth', 'wrong');
      await replica?.cli('CLIENT', 'KILL', 'TYPE', 'master');
      const [revoked, live] = [sessions.slice(5), sessions.slice(0, 5)];
      for (const { token } of revoked) await logOut(client, token);

      await redis.primary.kill();
      await failedOver(redis);
      await readiness(client, 200);
      await expectRevoked(
        client,
        revoked.map(({ token }) => token),
      );
      for (const { token } of live) expect(await client.accepts(token)).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it(
    'was replaced is left, also if it goes on and answers; without sentinels it is kept (F54)',
    async () => {
      const redis = await group(1, LOSSY);
      const { client } = await Server.start(redis.variables);
      const { token } = await client.newSession();
      const other = await privateRedis();
      for (const port of redis.sentinels.ports) {
        const sentinel = (...words: string[]) => redis.sentinels.cliOf(port, 'SENTINEL', ...words);
        await sentinel('REMOVE', redis.sentinels.name);
        await sentinel('MONITOR', redis.sentinels.name, '127.0.0.1', String(other.port), '2');
      }
      await eventually(async () => {
        expect(await client.accepts(token)).toBe(false);
      }, 10_000);
      const next = await client.newSession();
      expect(await other.cli('DBSIZE')).not.toBe('0');

      await redis.sentinels.kill(0);
      redis.sentinels.pause(1);
      await sleep(2_000);
      expect(await client.accepts(await renewed(client, next.token))).toBe(true);
      // One sentinel is enough to find it again.
      await other.kill();
      await readiness(client, 503);
      await other.start();
      await readiness(client, 200);
      await redis.sentinels.kill(2);
      await sleep(2_000);
      expect((await client.get('/health/ready')).status).toBe(200);
    },
    TEST_LIMIT_MS,
  );
});
