import { CacheModule } from '@nestjs/cache-manager';
import { Module } from '@nestjs/common';
import { Env } from '../config/env.js';
import { MetricsModule } from '../metrics/metrics.module.js';
import { Metrics } from '../metrics/metrics.js';
import { cacheStores } from './cache.js';
import { Redis } from './redis.js';
import { usesRedis } from './uses-redis.js';

const redis = {
  provide: Redis,
  inject: [Env, Metrics],
  useFactory: async (env: Env, metrics: Metrics) =>
    usesRedis(env) ? Redis.create(env, metrics) : undefined,
};

@Module({ imports: [MetricsModule], providers: [redis], exports: [Redis] })
class RedisConnectionModule {}

/** The connection, if one is configured, and the cache that sits on it. */
@Module({
  imports: [
    RedisConnectionModule,
    CacheModule.registerAsync({
      imports: [RedisConnectionModule],
      inject: [{ token: Redis, optional: true }],
      useFactory: (connection?: Redis) => cacheStores(connection),
    }),
  ],
  exports: [RedisConnectionModule, CacheModule],
})
export class RedisModule {}
