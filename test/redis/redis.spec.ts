import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { Env } from '../../src/config/env.js';
import { Redis, RedisScript } from '../../src/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { noMetrics } from '../support/metrics.js';
import { privateRedis } from '../support/private-servers.js';
import { SlowProxy } from '../support/slow-proxy.js';

const SLOW_MS = 900;
const SILENT_MS = 10_000;

/** The deadline of a command, and some room for a busy machine; two deadlines would be later. */
const LIMIT_MS = 1_600 + 500;

describe('Redis, while it is not known yet which server it is', () => {
  let redis: Redis;

  beforeEach(() => Logger.overrideLogger(false));

  afterEach(() => redis.onApplicationShutdown());

  it('is not said to be silent while the first connection is made', async () => {
    const said: unknown[] = [];
    const note = (message: unknown) => said.push(message);
    Logger.overrideLogger({ log: note, error: note, warn: note });
    const server = await privateRedis();
    const proxy = await SlowProxy.to(server.port);
    proxy.delayMs = 50;
    redis = await Redis.create(
      Env.load({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` }),
      noMetrics,
    );
    redis.onModuleInit();
    await expect(redis.identify()).rejects.toMatchObject({ code: 'service-unavailable' });
    await eventually(() => redis.identify(), 10_000);
    expect(said).toEqual([]);
  });

  it('has one deadline for that question and the script', async () => {
    const server = await privateRedis();
    const proxy = await SlowProxy.to(server.port);
    proxy.delayMs = SLOW_MS;
    redis = await Redis.create(
      Env.load({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` }),
      noMetrics,
    );
    redis.onModuleInit();

    for (;;) {
      const startedMs = performance.now();
      const running = redis
        .run(new RedisScript('return 1'), ['key'], [])
        .catch((error: unknown) => error);
      // Before there is a connection it fails at once.
      if (await Promise.race([running, sleep(100)])) {
        await sleep(20);
        continue;
      }
      proxy.delayMs = SILENT_MS;
      expect(await running).toMatchObject({ code: 'service-unavailable' });
      expect(performance.now() - startedMs).toBeLessThan(LIMIT_MS);
      return;
    }
  });
});
