import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import type { ChangeFeed } from '../../src/feed/change-feed.js';
import { PostgresChangeFeed } from '../../src/feed/postgres-change-feed.js';
import { RedisChangeFeed } from '../../src/feed/redis-change-feed.js';
import { SqliteChangeFeed } from '../../src/feed/sqlite-change-feed.js';
import { Redis, RedisScript } from '../../src/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { noMetrics } from '../support/metrics.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { temporaryDirectory } from '../support/server.js';

export interface OpenFeed {
  feed: ChangeFeed;
  /** Lets the store lose all that it had. */
  lose(): Promise<unknown>;
  /** Lets it have had so many entries, all of them with a sid `many`. */
  fill(count: number): Promise<unknown>;
  close(): Promise<void>;
}

/** A kind of feed, with data of its own, as far as a cluster has such. */
export interface FeedAdapter {
  name: string;
  /** Whether further instances share the leases; on SQLite they are commands. */
  sharesLeases: boolean;
  /** A feed on this adapter's data; each further one is another process on the same. */
  open(): Promise<OpenFeed>;
}

const LOSE = new RedisScript(
  `return redis.call('DEL', 'gatehouse:{feed}', 'gatehouse:{feed}:entries')`,
);

const FILL = new RedisScript(`
for index = 1, tonumber(ARGV[2]) do
  redis.call('XADD', 'gatehouse:{feed}:entries', index .. '-0', 'entry', '[0,0,["many"]]')
end
redis.call('HSET', KEYS[1], 'end', ARGV[2])
return 1`);

/** The feed of a Redis that the variables name. */
async function openOnRedis(redis: Record<string, string | undefined>): Promise<OpenFeed> {
  const connection = await Redis.create(Env.load(redis), noMetrics);
  connection.onModuleInit();
  await eventually(() => connection.ping(), 5_000);
  return {
    feed: new RedisChangeFeed(connection),
    lose: () => connection.run(LOSE, ['gatehouse:{feed}'], []),
    fill: async (count) => {
      await connection.run(LOSE, ['gatehouse:{feed}'], []);
      const feed = new RedisChangeFeed(connection);
      await feed.look([]);
      await connection.run(FILL, ['gatehouse:{feed}'], [count]);
    },
    close: () => {
      connection.onApplicationShutdown();
      return Promise.resolve();
    },
  };
}

/** The feed of a database. */
async function openOnDatabase(url: string): Promise<OpenFeed> {
  const database = new Database(
    new DataSource({ ...(await dataSourceOptions(Env.load({ DATABASE_URL: url }))), entities: [] }),
    noMetrics,
  );
  await database.onModuleInit();
  const tables = database.isShared ? 'TRUNCATE changes, leases' : 'DELETE FROM changes';
  return {
    feed: database.isShared ? new PostgresChangeFeed(database) : new SqliteChangeFeed(database),
    lose: () => database.write((manager) => manager.query(tables)),
    fill: (count) =>
      database.write((manager) =>
        manager.query(
          `INSERT INTO changes (id, entry)
           WITH RECURSIVE n AS (
             SELECT MAX(id) + 1 AS id, 1 AS i FROM changes
             UNION ALL SELECT id + 1, i + 1 FROM n WHERE i < ${count}
           ) SELECT id, '[0,0,["many"]]' FROM n`,
        ),
      ),
    close: () => database.onApplicationShutdown(),
  };
}

/** Opens feeds at one place, which is made when the first is opened. */
function at<Place>(make: () => Place, open: (place: Awaited<Place>) => Promise<OpenFeed>) {
  let place: Place | undefined;
  return async () => open(await (place ??= make()));
}

/** Every implementation of `ChangeFeed`. */
export const feedAdapters: FeedAdapter[] = [
  {
    name: 'rows in SQLite',
    sharesLeases: false,
    open: at(() => `sqlite:${join(temporaryDirectory(), 'feed.sqlite')}`, openOnDatabase),
  },
  {
    name: 'rows in PostgreSQL',
    sharesLeases: true,
    open: at(() => newPostgresDatabase(), openOnDatabase),
  },
  {
    name: 'a stream in Redis',
    sharesLeases: true,
    open: at(
      () => newRedisDatabase(),
      (REDIS_URL) => openOnRedis({ REDIS_URL }),
    ),
  },
  {
    name: 'a stream in a Redis Cluster',
    sharesLeases: true,
    open: () => openOnRedis({ REDIS_CLUSTER_NODES: process.env.TEST_REDIS_CLUSTER_NODES }),
  },
];
