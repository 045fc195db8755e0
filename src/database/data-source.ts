import { resolve } from 'node:path';
import type { ClientBase } from 'pg';
import sqlite3 from 'sqlite3';
import type { DataSourceOptions } from 'typeorm';
import type { Env } from '../config/env.js';
import { POSTGRES_MIGRATIONS } from './migrations/postgres/index.js';
import { SQLITE_MIGRATIONS } from './migrations/sqlite/index.js';
import {
  POSTGRES_CONNECT_MS,
  POSTGRES_POOL_SIZE,
  POSTGRES_STATEMENT_MS,
} from './postgres-limits.js';

/**
 * How long one attempt waits for SQLite's lock. Short, because a waiting statement holds one of the
 * process's worker threads; `SqliteTransactions` repeats the attempt until its own deadline.
 */
const SQLITE_BUSY_TIMEOUT_MS = 250;

/** TypeORM's options for the configured database. Entities come from the rooms that own them. */
export function dataSourceOptions({ DATABASE_URL }: Pick<Env, 'DATABASE_URL'>): DataSourceOptions {
  return DATABASE_URL.startsWith('sqlite:')
    ? sqliteOptions(DATABASE_URL.slice('sqlite:'.length))
    : postgresOptions(new URL(DATABASE_URL));
}

function sqliteOptions(file: string): DataSourceOptions {
  return {
    type: 'sqlite',
    // TypeORM asks for the verbose driver, which formats a stack for each statement.
    driver: { verbose: () => sqlite3 },
    database: resolve(file),
    enableWAL: true,
    busyTimeout: SQLITE_BUSY_TIMEOUT_MS,
    migrations: SQLITE_MIGRATIONS,
  };
}

function postgresOptions(url: URL): DataSourceOptions {
  return {
    type: 'postgres',
    host: decodeURIComponent(url.hostname).replace(/^\[|\]$/g, ''),
    port: Number(url.port || 5432),
    username: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)),
    // Stricter than libpq's `require`: certificates are always verified.
    ssl: /^(require|verify-full)$/.test(url.searchParams.get('sslmode') ?? ''),
    applicationName: 'gatehouse',
    installExtensions: false,
    poolSize: POSTGRES_POOL_SIZE,
    connectTimeoutMS: POSTGRES_CONNECT_MS,
    extra: {
      statement_timeout: POSTGRES_STATEMENT_MS,
      idle_in_transaction_session_timeout: 2 * POSTGRES_STATEMENT_MS,
      keepAlive: true,
      onConnect: hearErrors,
    },
    migrations: POSTGRES_MIGRATIONS,
  };
}

/**
 * TypeORM listens to a connection a moment after it was made. If the server ends it within that moment, the
 * error would have no listener, and an error without a listener ends the process.
 */
function hearErrors(client: ClientBase): void {
  client.on('error', () => undefined);
}
