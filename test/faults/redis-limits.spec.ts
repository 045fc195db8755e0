import { setTimeout as sleep } from 'node:timers/promises';
import { type Account, claimsOf, type Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { datesOf, renewed, TEST_KEY } from '../support/tokens.js';
import { RECOVERY_LIMIT_MS } from './load-record.js';
import { MixedLoad } from './mixed-load.js';
import { expectPromptRefusal, loginOf, readiness, TEST_LIMIT_MS } from './outage.js';

describe('A service whose Redis evicts keys', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await privateRedis({ 'maxmemory-policy': 'allkeys-lru', maxmemory: '100mb' });
  });

  it('is not ready in production and names the policy, until it is another (F5)', async () => {
    const { client } = await Server.start({
      NODE_ENV: 'production',
      JWT_KEY: TEST_KEY,
      PUBLIC_URL: 'https://accounts.example.org',
      REDIS_URL: redis.url,
    });
    await eventually(async () => {
      const { status, body } = await client.get('/health/ready');
      expect([status, body.detail]).toEqual([503, expect.stringContaining('allkeys-lru')]);
    }, RECOVERY_LIMIT_MS);
    await redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    await readiness(client, 200);
    await redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    await readiness(client, 503);
  });

  it('warns in development (F5)', async () => {
    const server = await Server.start({ REDIS_URL: redis.url });
    await readiness(server.client, 200);
    expect(server.output).toContain('maxmemory-policy is allkeys-lru');
  });
});

describe('A service warns', () => {
  const EVICTS = 'maxmemory-policy is volatile-ttl';
  const FORGETS = 'Redis keeps nothing on disk';

  async function outputWith(
    settings: Record<string, string>,
    prepare?: (redis: RedisServer) => Promise<unknown>,
  ): Promise<{ redis: RedisServer; server: Server }> {
    const redis = await privateRedis(settings);
    await prepare?.(redis);
    const server = await Server.start({ REDIS_URL: redis.url });
    await readiness(server.client, 200);
    return { redis, server };
  }

  it('of a Redis that keeps nothing on disk, once', async () => {
    const { server } = await outputWith({ appendonly: 'no' });
    await sleep(1_500);
    expect(server.output.split(FORGETS)).toHaveLength(2);
  });

  it('not of one that keeps snapshots, also if it may not be asked', async () => {
    const settings = { appendonly: 'no', save: '3600 1' };
    const plain = await outputWith(settings);
    const secretive = await outputWith(settings, (redis) =>
      redis.cli('ACL', 'SETUSER', 'default', '-config'),
    );
    for (const { server } of [plain, secretive]) expect(server.output).not.toContain(FORGETS);
  });

  it('of an eviction policy that was set while it runs (F5)', async () => {
    const { redis, server } = await outputWith({});
    expect(server.output).not.toContain(EVICTS);
    await redis.cli('CONFIG', 'SET', 'maxmemory-policy', 'volatile-ttl');
    await eventually(() => expect(server.output).toContain(EVICTS), RECOVERY_LIMIT_MS);
  });
});

describe('A service whose Redis', () => {
  let redis: RedisServer;
  let server: Server;
  let client: Client;
  let account: Account & { token: string };
  let leaving: Account & { token: string };

  beforeEach(async () => {
    redis = await privateRedis();
    server = await Server.start({ REDIS_URL: redis.url });
    ({ client } = server);
    account = await client.newSession();
    leaving = await client.newSession();
  });

  /** Whatever a log-out is answered: if it is a success, it holds. */
  async function expectHonestLogOut(): Promise<void> {
    const { status } = await client.post('/logout', { bearer: leaving.token });
    expect([200, 503]).toContain(status);
    if (status === 200) expect(await client.accepts(leaving.token)).toBe(false);
  }

  /** Reads while no write is possible, and then all requests again. */
  async function expectReadsOnly(fail: () => Promise<void>, heal: () => Promise<void>) {
    const load = await MixedLoad.on(server);
    await sleep(4_000);
    await fail();
    await readiness(client, 503);
    const json = loginOf(account);
    await expectPromptRefusal(client.post('/authenticate_user', { json }));
    await expectPromptRefusal(client.post('/renew_token', { bearer: account.token }));
    expect(await client.accepts(account.token)).toBe(true);
    await expectHonestLogOut();
    await sleep(2_000);
    await heal();
    const healedMs = performance.now();
    await readiness(client, 200);
    await load.untilServed(healedMs);
    expect(await client.accepts(await renewed(client, account.token))).toBe(true);
    await load.stopAndCheck();
    load.record.expectRecovery(healedMs);
  }

  async function configure(name: string, value: string): Promise<void> {
    expect(await redis.cli('CONFIG', 'SET', name, value)).toBe('OK');
  }

  async function replicaOf(host: string, port: string): Promise<void> {
    expect(await redis.cli('REPLICAOF', host, port)).toMatch(/^OK/);
  }

  it(
    'is full goes on reading, answers 503 to what writes and recovers with more room (F6)',
    async () => {
      await configure('maxmemory-policy', 'noeviction');
      await expectReadsOnly(
        () => configure('maxmemory', '1mb'),
        () => configure('maxmemory', '100mb'),
      );
    },
    TEST_LIMIT_MS,
  );

  it(
    'became a replica goes on reading, answers 503 to what writes and recovers (F7)',
    async () => {
      await expectReadsOnly(
        () => replicaOf('127.0.0.1', '1'),
        () => replicaOf('NO', 'ONE'),
      );
    },
    TEST_LIMIT_MS,
  );

  it('keeps every token for at least its life (F10)', async () => {
    const tokens = [
      await client.login(account),
      await renewed(client, account.token),
      String((await client.get('/api/token', { basic: `${leaving.token}:` })).body.token),
    ];
    for (const token of tokens) {
      const { sub, jti } = claimsOf(token);
      const lifeMs = Number(await redis.cli('PTTL', `gatehouse:{${sub}}:token:${jti}`));
      expect(lifeMs).toBeGreaterThanOrEqual(datesOf(token).exp * 1000 - Date.now());
    }
  });
});
