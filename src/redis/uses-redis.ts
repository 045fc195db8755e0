import type { Env } from '../config/env.js';

/** Whether the configuration names a Redis. */
export function usesRedis(env: Env): boolean {
  return Boolean(env.REDIS_URL ?? env.REDIS_HOST ?? env.REDIS_CLUSTER_NODES ?? env.REDIS_SENTINELS);
}
