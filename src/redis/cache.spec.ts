import { BoundedMap, cacheStores } from './cache.js';

describe('The cache of a service without Redis', () => {
  it('keeps the newest entries, and no more than its limit', () => {
    const map = new BoundedMap<number>(2);
    for (const [key, value] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
      ['c', 4],
    ] as const) {
      map.set(key, value);
    }
    expect([...map]).toEqual([
      ['a', 3],
      ['c', 4],
    ]);
  });

  it('does not grow for ever', async () => {
    const [keyv] = cacheStores(undefined).stores;
    for (let count = 0; count < 12_000; count++) await keyv?.set(`key-${count}`, count, 5_000);
    expect((keyv?.store as BoundedMap<unknown>).size).toBe(10_000);
    expect(await keyv?.get('key-0')).toBeUndefined();
    expect(await keyv?.get('key-11999')).toBe(11_999);
  });
});
