import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { DatabaseRevocationStore } from '../../src/tokens/database-revocation.store.js';
import { Redis } from '../../src/redis/redis.js';
import { RedisRevocationStore } from '../../src/tokens/redis-revocation.store.js';
import type { RevocationStore } from '../../src/tokens/revocation-store.js';
import { SessionRows } from '../../src/tokens/session-rows.js';
import { Session } from '../../src/tokens/session.entity.js';
import { Token } from '../../src/tokens/token.entity.js';
import { readFacts } from '../../src/tokens/user-facts.js';
import { addAccount, setFacts } from '../support/accounts.js';
import { eventually } from '../support/eventually.js';
import { noMetrics } from '../support/metrics.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';

/** How long after its expiry the adapters keep a token renewable. */
export const GRACE_SECONDS = 300;

export interface OpenStore {
  store: RevocationStore;
  /** Has the rows that the store asks. */
  database: Database;
  close(): Promise<void>;
}

/** A kind of store, with empty data of its own. */
export interface Adapter {
  name: string;
  /** A store on this adapter's data; each further one is another instance on the same. */
  open(): Promise<OpenStore>;
}

function sqliteAdapter(): Adapter {
  let file: string | undefined;
  return {
    name: 'the database adapter on SQLite',
    open: () => openOnDatabase(`sqlite:${(file ??= join(temporaryDirectory(), 'store.sqlite'))}`),
  };
}

function postgresAdapter(): Adapter {
  let url: Promise<string> | undefined;
  return {
    name: 'the database adapter on PostgreSQL',
    open: async () => openOnDatabase(await (url ??= newPostgresDatabase())),
  };
}

/** The adapter of a Redis that the variables name. */
export function redisAdapter(name: string, redis: Record<string, string | undefined>): Adapter {
  const file = join(temporaryDirectory(), 'rows.sqlite');
  const variables = { DATABASE_URL: `sqlite:${file}`, ...redis };
  return { name, open: () => openOnRedis(Env.load(variables)) };
}

async function openOnRedis(env: Env): Promise<OpenStore> {
  const options = { ...(await dataSourceOptions(env)), entities: [Session] };
  const database = new Database(new DataSource(options), noMetrics);
  await database.onModuleInit();
  const redis = await Redis.create(env, noMetrics);
  redis.onModuleInit();
  const rows = new SessionRows(env, database);
  const store = withRows(new RedisRevocationStore(env, redis, rows), database, rows);
  const issue = store.issue.bind(store);
  store.issue = async (token) => {
    await issue(token);
    const facts = await database.read((manager) => readFacts(manager, token.userId));
    if (facts) await store.describe(token.userId, facts);
  };
  await eventually(() => store.ping(), 5_000);
  return {
    store,
    database,
    close: async () => {
      redis.onApplicationShutdown();
      await database.onApplicationShutdown();
    },
  };
}

async function openOnDatabase(url: string): Promise<OpenStore> {
  const env = Env.load({ DATABASE_URL: url });
  const options = { ...(await dataSourceOptions(env)), entities: [Session, Token] };
  const database = new Database(new DataSource(options), noMetrics);
  await database.onModuleInit();
  const rows = new SessionRows(env, database);
  return {
    store: withRows(new DatabaseRevocationStore(database), database, rows),
    database,
    close: () => database.onApplicationShutdown(),
  };
}

/** Keeps the rows of accounts and sessions, which are the truth about what the store says of them. */
function withRows<Store extends RevocationStore>(
  store: Store,
  database: Database,
  rows: SessionRows,
): Store {
  const issue = store.issue.bind(store);
  const describe = store.describe.bind(store);
  store.issue = async (token) => {
    await addAccount(database, token.userId, token.username);
    await database.write((manager) =>
      rows.open(manager, {
        ...token,
        id: token.sessionId,
        endsAtSeconds: token.sessionEndsAtSeconds,
        amr: token.amr.join(' '),
        address: '',
        userAgent: null,
      }),
    );
    await issue(token);
  };
  store.describe = async (userId, facts) => {
    await setFacts(database, userId, facts);
    return describe(userId, facts);
  };
  return store;
}

/** Every implementation of `RevocationStore`. */
export const adapters: Adapter[] = [
  sqliteAdapter(),
  postgresAdapter(),
  redisAdapter('the Redis adapter', { REDIS_URL: process.env.TEST_REDIS_URL }),
  redisAdapter('the Redis adapter on a cluster', {
    REDIS_CLUSTER_NODES: process.env.TEST_REDIS_CLUSTER_NODES,
  }),
];
