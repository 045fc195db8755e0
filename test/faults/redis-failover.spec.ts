import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis, privateSentinels } from '../support/private-servers.js';
import type { RedisSentinels } from '../support/redis-sentinels.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server, type Variables } from '../support/server.js';
import { logOut, renewed } from '../support/tokens.js';
import { MixedLoad } from './mixed-load.js';
import { expectPromptRefusal, readiness, TEST_LIMIT_MS } from './outage.js';

/** So that it does not wait for further replicas, and takes no writes without one that is in step. */
const SETTINGS = { 'repl-diskless-sync-delay': 0 };
const SAFE = { ...SETTINGS, 'min-replicas-to-write': 1, 'min-replicas-max-lag': 10 };

interface Group {
  primary: RedisServer;
  replicas: RedisServer[];
  sentinels: RedisSentinels;
  variables: Variables;
}

async function group(settings: Record<string, string | number> = SAFE): Promise<Group> {
  const [primary, ...replicas] = await Promise.all([1, 2, 3].map(() => privateRedis(settings)));
  if (!primary) throw new Error('No Redis');
  for (const { cli } of replicas) await cli('REPLICAOF', '127.0.0.1', String(primary.port));
  await eventually(async () => {
    expect(await primary.cli('INFO', 'replication')).toContain('min_slaves_good_slaves:2');
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
      const redis = await group();
      const { client } = await Server.start(redis.variables);
      const [live, left] = [await client.newSession(), await client.newSession()];
      await logOut(client, left.token);
      const load = new MixedLoad(client);
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
});
