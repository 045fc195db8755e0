import { Keyv, type KeyvStoreAdapter } from 'keyv';
import { LRUCache } from 'lru-cache';
import type { Redis } from './redis.js';

const PREFIX = 'gatehouse:cache:';

/** How old what the cache answers may be. */
const CACHE_TTL_MS = 5_000;

/** Far more than are read within that time, and a few MB. */
const MAX_ENTRIES = 10_000;

/**
 * The stores of `CACHE_MANAGER`: Redis if there is one, so that instances share what they cached. It
 * swallows the errors of its stores, so it holds only what may be missed and may be five seconds old.
 */
export function cacheStores(redis: Redis | undefined): { ttl: number; stores: Keyv[] } {
  // Keyv removes an expired entry only if it is read again, so the store has its own bound.
  const store = redis ? keyvAdapter(redis) : new LRUCache<string, string>({ max: MAX_ENTRIES });
  return { ttl: CACHE_TTL_MS, stores: [new Keyv({ store })] };
}

function keyvAdapter(redis: Redis): KeyvStoreAdapter {
  return {
    opts: {},
    on() {
      return this;
    },
    get: async <T>(key: string) => (await redis.get(PREFIX + key)) as T | undefined,
    set: (key: string, value: unknown, ttlMs?: number) =>
      redis.set(PREFIX + key, value, ttlMs ?? CACHE_TTL_MS),
    delete: async (key: string) => {
      await redis.delete(PREFIX + key);
      return true;
    },
    // The store's own way is FLUSHDB, which would log everybody out.
    clear: () => Promise.reject(new Error('The cache is never cleared: its entries expire')),
  };
}
