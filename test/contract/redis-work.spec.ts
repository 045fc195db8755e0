import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { redisAdapter, type OpenStore } from './adapters.js';
import { facts, issued, renewedToken, successor, NOW } from './tokens.js';

const BESIDE = new Set<string | undefined>([
  'info',
  'time',
  'config',
  'ping',
  'role',
  'hello',
  'client',
]);

describe('What the Redis adapter asks of Redis', () => {
  let redis: RedisServer;
  let opened: OpenStore;

  beforeAll(async () => {
    redis = await privateRedis();
    opened = await redisAdapter('a private one', { REDIS_URL: redis.url }).open();
  });

  afterAll(() => opened.close());

  /** How many keys were written, in whatever way. */
  async function writes(): Promise<number> {
    const text = await redis.cli('INFO', 'commandstats');
    const calls = [...text.matchAll(/cmdstat_(set|hset|del|pexpire):calls=(\d+)/g)];
    return calls.reduce((sum, [, , count]) => sum + Number(count), 0);
  }

  async function writesOf(step: () => Promise<unknown>): Promise<number> {
    const before = await writes();
    await step();
    return (await writes()) - before;
  }

  it('is one write for a change of the user, however many tokens the user has', async () => {
    const { store } = opened;
    const first = await issued(store);
    const rename = (version: number, username: string) =>
      writesOf(() => store.describe(first.userId, facts({ version, username })));
    expect(await rename(1, 'montague')).toBe(1);
    let newest = first;
    for (let i = 1; i <= 60; i += 1) {
      newest = renewedToken(await store.renew(newest, successor(NOW + i), { kind: 'next' }));
      if (i % 20 === 0) await issued(store, 0, { userId: first.userId });
    }
    expect(await rename(2, 'capulet')).toBe(1);
    for (const token of [first, newest]) {
      expect(await store.find(token)).toMatchObject({ username: 'capulet' });
    }
  });

  it('is one command for the question of each request, and nothing of the database', async () => {
    const { store, database } = opened;
    const token = await issued(store);
    const read = jest.spyOn(database, 'read');
    await redis.cli('CONFIG', 'RESETSTAT');
    for (let i = 0; i < 10; i += 1) expect(await store.find(token)).toBeDefined();
    const text = await redis.cli('INFO', 'commandstats');
    const calls = [...text.matchAll(/cmdstat_(\w+)[^:]*:calls=(\d+)/g)];
    // The identity of the server is asked all the time, beside the requests.
    const own = calls.map(([, name, count]) => [name, count]).filter(([name]) => !BESIDE.has(name));
    expect(own).toEqual([['mget', '10']]);
    expect(read).not.toHaveBeenCalled();
  });
});
