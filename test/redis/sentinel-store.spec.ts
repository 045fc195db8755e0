import { Env } from '../../src/config/env.js';
import { Redis, RedisScript } from '../../src/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { noMetrics } from '../support/metrics.js';
import { privateRedis, privateSentinels } from '../support/private-servers.js';

const TTL_MS = 60_000;

describe('A primary that sentinels name', () => {
  let redis: Redis;

  beforeAll(async () => {
    const [primary, replica] = [await privateRedis(), await privateRedis()];
    await replica.cli('REPLICAOF', '127.0.0.1', String(primary.port));
    const sentinels = await privateSentinels(primary.port);
    const variables = { REDIS_SENTINELS: sentinels.nodes, REDIS_SENTINEL_NAME: sentinels.name };
    redis = await Redis.create(Env.load(variables), noMetrics);
    redis.onModuleInit();
    await eventually(() => redis.ping(), 20_000);
  }, 60_000);

  afterAll(() => redis.onApplicationShutdown());

  it('answers everything that the stores ask', async () => {
    await redis.set('one', { value: 1 }, TTL_MS);
    await redis.set('two', ['value'], TTL_MS);
    expect(await redis.get('one')).toEqual({ value: 1 });
    expect(await redis.getAll(['two', 'three', 'one'])).toEqual([
      ['value'],
      undefined,
      { value: 1 },
    ]);
    expect(await redis.remainingMs('one')).toBeGreaterThan(TTL_MS / 2);
    await redis.delete('one');
    expect(await redis.get('one')).toBeUndefined();
    expect(await redis.remainingMs('one')).toBeLessThan(0);
    expect(await redis.run(new RedisScript("return redis.call('GET', KEYS[1])"), ['two'], [])).toBe(
      '["value"]',
    );
    await redis.set('three', 3, TTL_MS);
    expect(await redis.counted('three')).toBe(3);
  });
});
