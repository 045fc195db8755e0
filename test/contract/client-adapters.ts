import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { AuditService } from '../../src/audit/audit.service.js';
import { SecurityEvent } from '../../src/audit/security-event.entity.js';
import { ClientChanges } from '../../src/clients/client-changes.js';
import { ClientRows } from '../../src/clients/client-rows.js';
import { ClientSecret } from '../../src/clients/client-secret.entity.js';
import type { ClientStore } from '../../src/clients/client-store.js';
import { ClientTokenRow } from '../../src/clients/client-token.entity.js';
import { Client } from '../../src/clients/client.entity.js';
import { ClientsAdministration } from '../../src/clients/clients-administration.js';
import { DatabaseClientStore } from '../../src/clients/database-client.store.js';
import { RedisClientStore } from '../../src/clients/redis-client.store.js';
import { BackgroundJobs } from '../../src/config/background-jobs.js';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { Redis, RedisScript } from '../../src/redis/redis.js';
import { eventually } from '../support/eventually.js';
import { unheard } from '../support/feed-room.js';
import { noMetrics } from '../support/metrics.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';

Logger.overrideLogger(false);

export interface OpenClients {
  readonly store: ClientStore;
  readonly rows: ClientRows;
  readonly changes: ClientChanges;
  readonly database: Database;
  readonly administration: ClientsAdministration;
  /** Gives a client so many tokens more, which expire at this second. */
  fill(clientId: string, count: number, expiresAtSeconds: number): Promise<void>;
  close(): Promise<void>;
}

/** A kind of store of clients, with empty data of its own. */
export interface ClientAdapter {
  name: string;
  isApart: boolean;
  /** A store on this adapter's data; each further one is another instance on the same. */
  open(): Promise<OpenClients>;
}

function adapter(
  name: string,
  url: () => string | Promise<string>,
  redis?: Record<string, string | undefined>,
): ClientAdapter {
  let opened: Promise<string> | undefined;
  return {
    name,
    isApart: redis !== undefined,
    open: async () => {
      const DATABASE_URL = await (opened ??= Promise.resolve(url()));
      return open(Env.load({ DATABASE_URL, ...redis }), redis !== undefined);
    },
  };
}

async function open(env: Env, usesRedis: boolean): Promise<OpenClients> {
  const entities = [Client, ClientSecret, ClientTokenRow, SecurityEvent];
  const source = new DataSource({ ...(await dataSourceOptions(env)), entities });
  const database = new Database(source, noMetrics);
  await database.onModuleInit();
  const rows = new ClientRows(database);
  const redis = usesRedis ? await Redis.create(env, noMetrics) : undefined;
  redis?.onModuleInit();
  if (redis) await eventually(() => redis.ping(), 5_000);
  const store = redis ? new RedisClientStore(redis, rows) : new DatabaseClientStore(database, rows);
  const audit = new AuditService(env, database, new BackgroundJobs(false));
  const changes = new ClientChanges(store, rows, unheard);
  return {
    store,
    rows,
    changes,
    database,
    administration: new ClientsAdministration(database, changes, audit),
    fill: async (clientId, count, expires) => {
      if (redis) await redis.run(FILL, [`gatehouse:{${clientId}}:tokens`], [count, expires]);
      else await database.write((manager) => manager.query(fillTable(clientId, count, expires)));
    },
    close: async () => {
      redis?.onApplicationShutdown();
      await database.onApplicationShutdown();
    },
  };
}

const FILL = new RedisScript(`
  for i = 1, ARGV[2] do redis.call('ZADD', KEYS[1], ARGV[3], ARGV[3] .. '-' .. i) end
  return 1`);

function fillTable(clientId: string, count: number, expires: number): string {
  return `INSERT INTO client_tokens
    (jti, client_id, generation, scopes, issued_at_seconds, expires_at_seconds)
    WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${count})
    SELECT '${clientId.slice(4, 12)}${expires % 1000}-' || n, '${clientId}', 0, '', 0, ${expires} FROM numbers`;
}

const sqliteFile = () => `sqlite:${join(temporaryDirectory(), 'clients.sqlite')}`;

/** The adapter of a database of PostgreSQL. */
export function postgresClientAdapter(url: () => string | Promise<string>): ClientAdapter {
  return adapter('the database adapter on PostgreSQL', url);
}

/** The adapter of a Redis that the variables name. */
export function redisClientAdapter(
  name: string,
  redis: Record<string, string | undefined>,
): ClientAdapter {
  return adapter(name, sqliteFile, redis);
}

/** Every implementation of `ClientStore`. */
export const clientAdapters: ClientAdapter[] = [
  adapter('the database adapter on SQLite', sqliteFile),
  postgresClientAdapter(() => newPostgresDatabase()),
  redisClientAdapter('the Redis adapter', { REDIS_URL: process.env.TEST_REDIS_URL }),
  redisClientAdapter('the Redis adapter on a cluster', {
    REDIS_CLUSTER_NODES: process.env.TEST_REDIS_CLUSTER_NODES,
  }),
];
