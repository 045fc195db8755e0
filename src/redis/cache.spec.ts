import type { LRUCache } from 'lru-cache';
import { cacheStores } from './cache.js';

describe('The cache of a service without Redis', () => {
  it('does not grow for ever', async () => {
    const [keyv] = cacheStores(undefined).stores;
    for (let count = 0; count < 12_000; count++) await keyv?.set(`key-${count}`, count, 5_000);
    expect((keyv?.store as LRUCache<string, object>).size).toBe(10_000);
    expect(await keyv?.get('key-0')).toBeUndefined();
    expect(await keyv?.get('key-11999')).toBe(11_999);
  });
});
