import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import type { Env } from '../config/env.js';
import { SQLITE_MIGRATIONS } from './migrations/sqlite/index.js';

/**
 * How long one attempt waits for SQLite's lock. Short, because a waiting statement holds one of the
 * process's worker threads; `Transactions` repeats the attempt until its own deadline.
 */
const SQLITE_BUSY_TIMEOUT_MS = 250;

/** The absolute path of the SQLite file that `DATABASE_URL` names. */
export function sqliteFile(env: Env): string {
  return resolve(env.DATABASE_URL.slice('sqlite:'.length));
}

/** TypeORM's options for the configured database. Entities come from the rooms that own them. */
export function dataSourceOptions(env: Env): DataSourceOptions {
  return {
    type: 'sqlite',
    database: sqliteFile(env),
    enableWAL: true,
    busyTimeout: SQLITE_BUSY_TIMEOUT_MS,
    migrations: SQLITE_MIGRATIONS,
    migrationsTableName: 'migrations',
  };
}

/** Makes the file with mode 0600 before SQLite would with the umask's: it holds password hashes. */
export function createPrivately(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'a', 0o600));
}
