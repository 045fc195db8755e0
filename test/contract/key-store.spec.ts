import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { Redis } from '../../src/redis/redis.js';
import { keyHash, newKeyText } from '../../src/tokens/api-key-text.js';
import { DatabaseKeyStore } from '../../src/tokens/database-key.store.js';
import { KeyRows } from '../../src/tokens/key-rows.js';
import type { KeyStore, LiveKey } from '../../src/tokens/key-store.js';
import { randomId } from '../../src/common/random-id.js';
import { RedisKeyStore } from '../../src/tokens/redis-key.store.js';
import { RedisRevocationStore } from '../../src/tokens/redis-revocation.store.js';
import { SessionRows } from '../../src/tokens/session-rows.js';
import { readFacts, type UserFacts } from '../../src/tokens/user-facts.js';
import { addAccount, setFacts } from '../support/accounts.js';
import { eventually } from '../support/eventually.js';
import { noMetrics } from '../support/metrics.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';
import { nowSeconds } from '../support/tokens.js';

/** An instance of a key store, and what lies behind it. */
interface Opened {
  store: KeyStore;
  rows: KeyRows;
  database: Database;
  /** Tells what is said of a user, as the rooms above do. */
  tell(userId: number): Promise<void>;
  close(): Promise<void>;
}

interface Adapter {
  name: string;
  open(): Promise<Opened>;
}

async function openOn(variables: Record<string, string | undefined>): Promise<Opened> {
  const env = Env.load(variables);
  const database = new Database(new DataSource(await dataSourceOptions(env)), noMetrics);
  await database.onModuleInit();
  const rows = new KeyRows(database);
  const isOnRedis = variables.REDIS_URL ?? variables.REDIS_CLUSTER_NODES;
  const closeDatabase = () => database.onApplicationShutdown();
  if (isOnRedis === undefined) {
    const store = new DatabaseKeyStore(rows);
    return { store, rows, database, tell: () => Promise.resolve(), close: closeDatabase };
  }
  const redis = await Redis.create(env, noMetrics);
  redis.onModuleInit();
  await eventually(() => redis.ping(), 5_000);
  const users = new RedisRevocationStore(env, redis, new SessionRows(env, database));
  return {
    store: new RedisKeyStore(redis, rows),
    rows,
    database,
    tell: async (userId) => {
      const facts = await database.read((manager) => readFacts(manager, userId));
      if (facts) await users.describe(userId, facts);
    },
    close: async () => {
      redis.onApplicationShutdown();
      await closeDatabase();
    },
  };
}

const sqlite = () => `sqlite:${join(temporaryDirectory(), 'keys.sqlite')}`;

/** Each has data of its own, and each further opening is another instance on the same. */
function adapter(
  name: string,
  variables: () => Promise<Record<string, string | undefined>>,
): Adapter {
  let chosen: Promise<Record<string, string | undefined>> | undefined;
  return { name, open: async () => openOn(await (chosen ??= variables())) };
}

const adapters: Adapter[] = [
  adapter('the database adapter on SQLite', () => Promise.resolve({ DATABASE_URL: sqlite() })),
  adapter('the database adapter on PostgreSQL', async () => ({
    DATABASE_URL: await newPostgresDatabase(),
  })),
  adapter('the Redis adapter', () =>
    Promise.resolve({ DATABASE_URL: sqlite(), REDIS_URL: process.env.TEST_REDIS_URL }),
  ),
  adapter('the Redis adapter on a cluster', () =>
    Promise.resolve({
      DATABASE_URL: sqlite(),
      REDIS_CLUSTER_NODES: process.env.TEST_REDIS_CLUSTER_NODES,
    }),
  ),
];

describe.each(adapters)('The key store: $name', (adapterUnderTest) => {
  const open = () => adapterUnderTest.open();
  let opened: Opened;
  let second: Opened;

  beforeAll(async () => {
    opened = await open();
    second = await open();
  });

  afterAll(async () => {
    await opened.close();
    await second.close();
  });

  interface Key {
    id: string;
    userId: number;
    hash: string;
  }

  /** A key of a new account. */
  async function newKey({
    roles = [] as string[],
    expiresAtSeconds = null as number | null,
    userId = randomInt(1_000_000, 2 ** 30),
  } = {}): Promise<Key> {
    await addAccount(opened.database, userId, `user-${userId}`);
    const hash = keyHash(newKeyText(userId));
    const id = randomId();
    await opened.database.writeFor(userId, (manager) =>
      opened.rows.add(manager, {
        ...{ id, userId, hash, roles, expiresAtSeconds },
        ...{ name: 'a program', hint: 'abcd', createdAtMs: Date.now() },
      }),
    );
    return { id, userId, hash };
  }

  async function deleteKey({ userId, id, hash }: Key, { store, database, rows }: Opened) {
    await database.writeFor(userId, (manager) => rows.delete(manager, userId, id));
    await store.kill(userId, [hash]);
  }

  async function change(userId: number, facts: Partial<UserFacts>): Promise<void> {
    const present = await opened.database.read((manager) => readFacts(manager, userId));
    const next = { ...present!, version: present!.version + 1, ...facts };
    await setFacts(opened.database, userId, next);
    await opened.tell(userId);
  }

  const both = (key: Key): Promise<(LiveKey | undefined)[]> =>
    Promise.all([opened.store.find(key), second.store.find(key)]);

  it('finds a key with its user, on every instance, as often as it is asked', async () => {
    const key = await newKey();
    const live = {
      ...{ id: key.id, userId: key.userId, username: `user-${key.userId}` },
      ...{ roles: [], expiresAtSeconds: null },
    };
    for (let round = 0; round < 3; round += 1) expect(await both(key)).toEqual([live, live]);
  });

  it('finds none that is unknown, or is said to be of another user', async () => {
    const key = await newKey();
    const other = await newKey();
    for (let round = 0; round < 2; round += 1) {
      expect(await both({ ...key, hash: keyHash('unknown') })).toEqual([undefined, undefined]);
      expect(await both({ ...key, userId: other.userId })).toEqual([undefined, undefined]);
      expect(await both(key)).toEqual([expect.anything(), expect.anything()]);
    }
  });

  it('refuses a deleted key on every instance, whether it was asked for before or not (S96)', async () => {
    for (const isKnown of [true, false]) {
      const key = await newKey();
      if (isKnown) await both(key);
      await deleteKey(key, second);
      expect(await both(key)).toEqual([undefined, undefined]);
      // Repeating it is safe.
      await opened.store.kill(key.userId, [key.hash]);
      expect(await both(key)).toEqual([undefined, undefined]);
    }
  });

  it('refuses a deleted key from then on, also if it is read meanwhile, in 200 rounds', async () => {
    const { userId } = await newKey();
    for (let round = 0; round < 200; round += 1) {
      const key = await newKey({ userId });
      const readers = [opened, second, opened, second].map(({ store }) => store.find(key));
      await deleteKey(key, round % 2 === 0 ? opened : second);
      expect(await both(key)).toEqual([undefined, undefined]);
      await Promise.all(readers);
      expect(await both(key)).toEqual([undefined, undefined]);
    }
  }, 60_000);

  it('refuses a key that has expired', async () => {
    const key = await newKey({ expiresAtSeconds: nowSeconds() + 2 });
    expect(await opened.store.find(key)).toMatchObject({ id: key.id });
    await eventually(async () => {
      expect(await both(key)).toEqual([undefined, undefined]);
    }, 5_000);
    expect(await opened.store.find(await newKey({ expiresAtSeconds: nowSeconds() }))).toBe(
      undefined,
    );
  });

  it('lets a key have those of its roles that its user has at this moment', async () => {
    const key = await newKey({ roles: ['admin', 'editor'] });
    const rolesNow = async () => (await both(key)).map((found) => found?.roles);
    expect(await rolesNow()).toEqual([[], []]);
    await change(key.userId, { roles: ['editor', 'viewer'] });
    expect(await rolesNow()).toEqual([['editor'], ['editor']]);
    await change(key.userId, { roles: ['admin', 'editor'] });
    expect(await rolesNow()).toEqual([
      ['admin', 'editor'],
      ['admin', 'editor'],
    ]);
    await change(key.userId, { roles: [] });
    expect(await rolesNow()).toEqual([[], []]);
  });

  it('refuses the keys of a disabled user, and takes them again once it is enabled', async () => {
    const [known, unknown] = [await newKey(), await newKey()];
    await both(known);
    for (const key of [known, unknown]) {
      await change(key.userId, { isDisabled: true });
      expect(await both(key)).toEqual([undefined, undefined]);
      await change(key.userId, { isDisabled: false });
      expect(await both(key)).toEqual([expect.anything(), expect.anything()]);
    }
  });

  it('refuses the keys of a disabled user, also if they are read meanwhile', async () => {
    const key = await newKey();
    for (let round = 0; round < 50; round += 1) {
      const readers = [opened, second, opened, second].map(({ store }) => store.find(key));
      await change(key.userId, { isDisabled: true });
      expect(await both(key)).toEqual([undefined, undefined]);
      await Promise.all(readers);
      expect(await both(key)).toEqual([undefined, undefined]);
      await change(key.userId, { isDisabled: false });
      expect(await both(key)).toEqual([expect.anything(), expect.anything()]);
    }
  }, 60_000);

  it('shows the present name of the user', async () => {
    const key = await newKey();
    await both(key);
    await change(key.userId, { username: 'montague' });
    expect(await both(key)).toEqual([
      expect.objectContaining({ username: 'montague' }),
      expect.objectContaining({ username: 'montague' }),
    ]);
  });

  it('says service-unavailable once it cannot answer', async () => {
    const lost = await open();
    const key = await newKey();
    await lost.close();
    await expect(lost.store.find(key)).rejects.toMatchObject({ code: 'service-unavailable' });
  });
});
