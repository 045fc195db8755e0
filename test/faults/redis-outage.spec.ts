import { setTimeout as sleep } from 'node:timers/promises';
import { uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis, privateRedisCluster } from '../support/private-servers.js';
import { freeClusterPorts } from '../support/redis-cluster.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { renewed } from '../support/tokens.js';
import { RECOVERY_LIMIT_MS } from './load-record.js';
import { lowestMemoryMb, MEMORY_LIMIT_MB } from './memory.js';
import { MixedLoad } from './mixed-load.js';
import { expectPromptRefusal, loginOf, readiness, requestsOf, TEST_LIMIT_MS } from './outage.js';

/** How long Redis is paused. */
const PAUSE_MS = 30_000;

describe('A service whose Redis', () => {
  let redis: RedisServer;

  beforeEach(async () => {
    redis = await privateRedis();
  });

  it(
    'is down at its start is live and not ready, and serves when it comes (F1)',
    async () => {
      await redis.kill();
      const { client, pid } = await Server.start({ REDIS_URL: redis.url });
      expect((await client.get('/health/live')).status).toBe(200);
      expect((await client.get('/health/ready')).status).toBe(503);
      const account = await client.register();
      await expectPromptRefusal(client.post('/authenticate_user', { json: loginOf(account) }));

      await redis.start();
      const startedMs = performance.now();
      await readiness(client, 200);
      expect(await client.accepts(await client.login(account))).toBe(true);
      expect(performance.now() - startedMs).toBeLessThan(RECOVERY_LIMIT_MS);
      process.kill(pid, 0);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is gone answers 503 and serves within 5 s of its return (F2, S54, S64)',
    async () => {
      const server = await Server.start({ REDIS_URL: redis.url });
      const { client } = server;
      const account = await client.newSession();
      const load = await MixedLoad.on(server);
      await sleep(5_000);

      await redis.kill();
      const killedMs = performance.now();
      await Promise.all(
        requestsOf(client, account.token, account).map((send) => expectPromptRefusal(send())),
      );
      await readiness(client, 503);
      await sleep(3_000);
      const { record } = load;
      record.expectPromptAnswers(killedMs, performance.now());
      for (const kind of ['read', 'renew', 'logout', 'login'] as const) {
        expect(record.statuses(kind, killedMs)).toEqual([503]);
      }

      await redis.start();
      const startedMs = performance.now();
      await readiness(client, 200);
      await load.untilServed(startedMs);
      expect(await client.accepts(account.token)).toBe(true);
      await load.stopAndCheck();
      record.expectRecovery(startedMs);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is paused for 30 s answers 503 in time, and what was refused does not happen late (F3, S82)',
    async () => {
      const server = await Server.start({ REDIS_URL: redis.url });
      const { client } = server;
      const sessions = await Promise.all([1, 2, 3, 4].map(() => client.newSession()));
      const load = await MixedLoad.on(server);
      await sleep(4_000);

      const memoryMb = await lowestMemoryMb(server);
      redis.pause();
      const paused = sleep(PAUSE_MS);
      const pausedMs = performance.now();
      await Promise.all(
        sessions.map(({ token }) =>
          expectPromptRefusal(client.post('/renew_token', { bearer: token })),
        ),
      );
      await readiness(client, 503);
      await paused;
      load.record.expectPromptAnswers(pausedMs, performance.now());
      for (const kind of ['read', 'renew', 'logout', 'login'] as const) {
        expect(load.record.statuses(kind, pausedMs)).toEqual([503]);
      }
      redis.resume();
      const resumedMs = performance.now();
      await readiness(client, 200);
      for (const { id, token } of sessions) {
        const keys = await redis.cli('--raw', 'KEYS', `gatehouse:{${id}}:*`);
        expect(keys.split('\n').sort()).toEqual([
          `gatehouse:{${id}}:sessions`,
          expect.stringContaining(':token:'),
          `gatehouse:{${id}}:user`,
        ]);
        expect(await client.accepts(await renewed(client, token))).toBe(true);
      }
      await load.untilServed(resumedMs);
      await load.stopAndCheck();
      load.record.expectRecovery(resumedMs);
      // No requests piled up that wait for an answer.
      expect((await lowestMemoryMb(server)) - memoryMb).toBeLessThan(MEMORY_LIMIT_MB);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is paused neither logs in nor renames late what was refused (F3, S82)',
    async () => {
      const { client } = await Server.start({ REDIS_URL: redis.url });
      const [entering, renaming] = [await client.newSession(), await client.newSession()];
      redis.pause();
      const json = { username: uniqueName() };
      await Promise.all([
        expectPromptRefusal(client.post('/authenticate_user', { json: loginOf(entering) })),
        expectPromptRefusal(client.put('/user', { bearer: renaming.token, json })),
      ]);
      redis.resume();
      await readiness(client, 200);
      const keys = await redis.cli('--raw', 'KEYS', `gatehouse:{${entering.id}}:*`);
      expect(keys.split('\n').sort()).toEqual([
        `gatehouse:{${entering.id}}:sessions`,
        expect.stringContaining(':token:'),
        `gatehouse:{${entering.id}}:user`,
      ]);
      const bearer = renaming.token;
      const name = uniqueName();
      const again = await client.put('/user', { bearer, json: { username: name } });
      expect(again.status).toBe(200);
      await sleep(2_000);
      expect((await client.get('/user', { bearer })).body.user.username).toBe(name);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is paused logs no one out by half: a log-out that got 503 is repeated (F3, S54)',
    async () => {
      const { client } = await Server.start({ REDIS_URL: redis.url });
      const sessions = await Promise.all([1, 2, 3, 4].map(() => client.newSession()));
      redis.pause();
      await Promise.all(
        sessions.map(({ token }) => expectPromptRefusal(client.post('/logout', { bearer: token }))),
      );
      redis.resume();
      await readiness(client, 200);
      for (const { token } of sessions) {
        const { status } = await client.post('/logout', { bearer: token });
        expect([200, 401]).toContain(status);
        expect(await client.accepts(token)).toBe(false);
      }
    },
    TEST_LIMIT_MS,
  );
});

it(
  'A service whose Redis Cluster is down at its start is live and not ready, and serves when it comes (F1)',
  async () => {
    const ports = await freeClusterPorts();
    const server = await Server.start({
      REDIS_CLUSTER_NODES: ports.map((port) => `127.0.0.1:${port}`).join(','),
    });
    const { client } = server;
    expect((await client.get('/health/live')).status).toBe(200);
    expect((await client.get('/health/ready')).status).toBe(503);
    const account = await client.register();
    await expectPromptRefusal(client.post('/authenticate_user', { json: loginOf(account) }));

    await privateRedisCluster(ports);
    await eventually(async () => {
      expect((await client.get('/health/ready')).status).toBe(200);
      expect(await client.accepts(await client.login(account))).toBe(true);
    }, RECOVERY_LIMIT_MS);
    // Each node has some of them.
    for (let count = 0; count < 10; count++) {
      const { token } = await client.newSession();
      expect(await client.accepts(await renewed(client, token))).toBe(true);
    }
    expect(server.hasEnded).toBe(false);
  },
  TEST_LIMIT_MS,
);
