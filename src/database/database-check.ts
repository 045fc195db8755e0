import { existsSync } from 'node:fs';
import { DataSource, MigrationExecutor } from 'typeorm';
import { clockFinding, type Finding } from '../common/finding.js';
import type { Env } from '../config/env.js';
import { makingFault } from '../config/file-faults.js';
import { dataSourceOptions } from './data-source.js';
import { engineFor } from './engines.js';

const TABLES = ['users', 'deleted_users', 'sessions', 'tokens', 'security_events', 'counters'];
const FORBIDDEN =
  'Its user may not write to all tables: grant it SELECT, INSERT, UPDATE and DELETE';

/** Whether the configured database can be used, without changing anything in it. */
export async function checkDatabase(env: Env): Promise<Finding[]> {
  const options = dataSourceOptions(env);
  if (options.type === 'sqlite' && !existsSync(options.database)) {
    const fault = makingFault(options.database);
    const message = `${options.database} is not there: the first start makes it`;
    return fault === undefined
      ? [{ verdict: 'warning', message }]
      : [{ verdict: 'wrong', message: `${options.database} cannot be made: ${fault}` }];
  }
  const source = new DataSource(options);
  const { place } = engineFor(source);
  try {
    await source.initialize();
    return [
      { verdict: 'ok', message: `${place} answers` },
      await writesOf(source),
      await migrationsOf(source),
      ...(await clockOf(source, place)),
    ];
  } catch (error) {
    return [{ verdict: 'unreachable', message: `${place} does not answer: ${reasonOf(error)}` }];
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

async function writesOf(source: DataSource): Promise<Finding> {
  try {
    if (source.options.type === 'sqlite') {
      await source.query('BEGIN IMMEDIATE');
      await source.query('ROLLBACK');
    } else {
      await engineFor(source).ping();
      if (!(await mayWrite(source))) return { verdict: 'wrong', message: FORBIDDEN };
    }
    return { verdict: 'ok', message: 'It takes writes' };
  } catch (error) {
    return { verdict: 'wrong', message: `It takes no writes: ${reasonOf(error)}` };
  }
}

/** Whether PostgreSQL lets this user write to every table that is there. */
async function mayWrite(source: DataSource): Promise<boolean> {
  const [row] = await source.query<{ may: boolean }[]>(
    `SELECT coalesce(bool_and(has_table_privilege(to_regclass(name), privilege)), true) AS may
     FROM unnest($1::text[]) AS name, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS privilege
     WHERE to_regclass(name) IS NOT NULL`,
    [TABLES],
  );
  return row?.may === true;
}

async function migrationsOf(source: DataSource): Promise<Finding> {
  const pending = await new MigrationExecutor(source).getPendingMigrations();
  if (pending.length === 0) return { verdict: 'ok', message: 'Its schema is up to date' };
  const names = pending.map(({ name }) => name).join(', ');
  return {
    verdict: 'warning',
    message: `Its schema is older than this program: the next start applies ${names}`,
  };
}

/** A file's clock is this machine's. */
async function clockOf(source: DataSource, place: string): Promise<Finding[]> {
  if (source.options.type === 'sqlite') return [];
  const beforeMs = Date.now();
  const nowMs = await engineFor(source).nowMs(source.manager);
  return [clockFinding(place, nowMs - (beforeMs + Date.now()) / 2)];
}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || (code ?? 'no reason was given');
}
