import { resolve } from 'node:path';
import type { ClientBase } from 'pg';
import type { DataSourceOptions } from 'typeorm';
import { parseDatabaseUrl } from '../config/database-url.js';
import type { Env } from '../config/env.js';
import type { PostgresTls } from '../config/postgres-tls.js';
import type { PostgresAddress } from '../config/postgres-url.js';
import { POSTGRES_MIGRATIONS } from './migrations/postgres/index.js';
import { SQLITE_MIGRATIONS } from './migrations/sqlite/index.js';
import { POSTGRES_CONNECT_MS, POSTGRES_POOL_SIZE } from './postgres-limits.js';
import { startupParameters } from './postgres-session.js';
import { SilentLogger } from './silent-logger.js';

/**
 * How long one attempt waits for SQLite's lock. Short, because a waiting statement holds one of the
 * process's worker threads; `SqliteTransactions` repeats the attempt until its own deadline.
 */
const SQLITE_BUSY_TIMEOUT_MS = 250;

/**
 * TypeORM's options for the configured database, whose driver alone is loaded. Entities come from the rooms that own
 * them.
 */
export async function dataSourceOptions({
  DATABASE_URL,
}: Pick<Env, 'DATABASE_URL'>): Promise<DataSourceOptions> {
  const address = parseDatabaseUrl(DATABASE_URL);
  return address.kind === 'sqlite' ? sqliteOptions(address.file) : postgresOptions(address);
}

async function sqliteOptions(file: string): Promise<DataSourceOptions> {
  const { SqliteDatabase } = await import('./sqlite-database.js');
  return {
    type: 'sqlite',
    logger: new SilentLogger(),
    // TypeORM asks for the verbose driver, which formats a stack for each statement.
    driver: { verbose: () => ({ Database: SqliteDatabase }) },
    database: resolve(file),
    enableWAL: true,
    busyTimeout: SQLITE_BUSY_TIMEOUT_MS,
    migrations: SQLITE_MIGRATIONS,
  };
}

async function postgresOptions(address: PostgresAddress): Promise<DataSourceOptions> {
  const { host, port, user, password, database, schema, routing } = address;
  const { tls, channelBinding, applicationName } = address;
  return {
    type: 'postgres',
    logger: new SilentLogger(),
    ...{ host, port, username: user, password, database },
    ...(schema !== undefined && { schema }),
    applicationName: applicationName ?? 'gatehouse',
    installExtensions: false,
    poolSize: POSTGRES_POOL_SIZE,
    connectTimeoutMS: POSTGRES_CONNECT_MS,
    extra: {
      ...startupParameters(schema, routing),
      ssl: tls === undefined ? false : tlsOptions(tls),
      enableChannelBinding: tls !== undefined && channelBinding !== 'disable',
      ...(channelBinding === 'require' && (await channelBindingClient())),
      keepAlive: true,
      onConnect: hearErrors,
    },
    migrations: POSTGRES_MIGRATIONS,
  };
}

async function channelBindingClient() {
  const { ChannelBindingClient } = await import('./postgres-client.js');
  return { Client: ChannelBindingClient };
}

function tlsOptions({ ca, verifiesHost, own }: PostgresTls) {
  return {
    ...{ ca, ...own },
    // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
    rejectUnauthorized: true,
    ...(!verifiesHost && { checkServerIdentity: () => undefined }),
  };
}

/**
 * TypeORM listens to a connection a moment after it was made. If the server ends it within that moment, the
 * error would have no listener, and an error without a listener ends the process.
 */
function hearErrors(client: ClientBase): void {
  client.on('error', () => undefined);
}
