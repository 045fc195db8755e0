import type { LiveToken } from '../../src/tokens/revocation-store.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { redisAdapter, type OpenStore } from './adapters.js';
import { facts, issued, renewedToken, SOFT, successor } from './tokens.js';

type Record = [username: string, stamp: string, ...others: unknown[]];

describe('What Redis holds of a user', () => {
  let redis: RedisServer;
  let opened: OpenStore;
  let token: LiveToken;

  beforeAll(async () => {
    redis = await privateRedis();
    opened = await redisAdapter('a private one', { REDIS_URL: redis.url }).open();
  });

  beforeEach(async () => {
    token = await issued(opened.store);
  });

  afterEach(() => {
    jest.restoreAllMocks();
  });
  afterAll(() => opened.close());

  const key = () => `gatehouse:{${token.userId}}:user`;

  async function record(): Promise<Record> {
    return JSON.parse(await redis.cli('GET', key())) as Record;
  }

  /** As another server, or an instance of another version, would have written it. */
  async function write(changed: unknown[]): Promise<void> {
    await redis.cli('SET', key(), JSON.stringify(changed), 'PX', '60000');
  }

  it('is confirmed by the account if another server wrote it', async () => {
    const { store } = opened;
    const { username, roles } = facts({ version: 2 });
    await store.describe(token.userId, facts({ version: 2, username }));
    await write(['somebody', 'another server', 'admin', 9, 0]);
    expect(await store.find(token)).toMatchObject({ username, roles });
    const [name, , ...others] = await record();
    expect([name, ...others]).toEqual([username, 'reader', 2, 0]);
  });

  it('is confirmed by the account if it is not there', async () => {
    const { username, roles } = facts();
    await opened.store.describe(token.userId, facts({ username }));
    await redis.cli('DEL', key());
    expect(await opened.store.find(token)).toMatchObject({ username, roles });
    expect((await record())[0]).toBe(username);
  });

  it('has the name that an instance of the version before told, and the roles of the account', async () => {
    const { store } = opened;
    await store.describe(token.userId, facts({ version: 2 }));
    const [, stamp] = await record();
    await write(['montague', stamp]);
    expect(await store.find(token)).toMatchObject({ username: 'montague', roles: ['reader'] });
    expect(await record()).toEqual(['montague', stamp, 'reader', 2, 0]);
  });

  it('is said in place of what an instance of the version before told', async () => {
    const { store } = opened;
    const [, stamp] = await record();
    await write(['montague', stamp]);
    const present = facts();
    await store.describe(token.userId, present);
    expect(await record()).toEqual([present.username, stamp, 'reader', 1, 0]);
  });

  it('is confirmed before a token is renewed, used up or replaced', async () => {
    const { store } = opened;
    const { username, roles } = facts();
    await store.describe(token.userId, facts({ username }));
    const steps = [
      async () => renewedToken(await store.renew(token, successor(), SOFT)),
      () => store.consume(token, successor()),
      () => store.replaceTokens(token, successor(), 1),
    ];
    for (const step of steps) {
      await redis.cli('DEL', key());
      expect(await step()).toMatchObject({ username, roles });
    }
  });

  it('is not set back by a reader who read the account before a change', async () => {
    const { store, database } = opened;
    await redis.cli('DEL', key());
    const present = facts({ roles: ['admin'] });
    const read = database.read.bind(database);
    jest.spyOn(database, 'read').mockImplementationOnce(async (work) => {
      const early = await read(work);
      await store.describe(token.userId, present);
      return early;
    });
    const { username, roles } = present;
    expect(await store.find(token)).toMatchObject({ username, roles });
    expect(await store.find(token)).toMatchObject({ username, roles });
  });

  it('is told by a reader who heard of a change before the store', async () => {
    const { store, database } = opened;
    const [, stamp, ...others] = await record();
    await store.describe(token.userId, facts({ version: 4, roles: ['admin'] }));
    await write(['juliet', 'another server', ...others]);
    const spy = jest.spyOn(database, 'read');
    expect(await store.find(token)).toMatchObject({ roles: ['admin'] });
    expect(await store.find(token)).toMatchObject({ roles: ['admin'] });
    expect(spy).toHaveBeenCalledTimes(1);
    expect((await record()).slice(1, 4)).toEqual([stamp, 'admin', 4]);
  });

  it('says whether the account is disabled', async () => {
    await opened.store.describe(token.userId, facts({ isDisabled: true }));
    expect((await record())[4]).toBe(1);
  });

  it('stays for a day without a session', async () => {
    await opened.store.endSessions(token.userId, [token.sessionId]);
    const lifetimeMs = Number(await redis.cli('PTTL', key()));
    expect(lifetimeMs).toBeGreaterThan(23 * 3600 * 1000);
  });
});
