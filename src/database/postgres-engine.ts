import type { DataSource, EntityManager } from 'typeorm';
import type { PostgresConnectionOptions } from 'typeorm/driver/postgres/PostgresConnectionOptions.js';
import { withinDeadline } from '../common/deadline.js';
import { committed } from './after-commit.js';
import { isSerializationFailure } from './database-errors.js';
import type { Engine, Work } from './engine.js';
import { KeyedMutex } from './keyed-mutex.js';
import { runPendingMigrations } from './migrate.js';
import { postgresIds } from './postgres-ids.js';
import { POSTGRES_DEADLINE_MS } from './postgres-limits.js';

/** Any numbers do, as long as no other lock in the database uses them. */
const MIGRATION_LOCK = 1_734_281_901;
const USER_LOCKS = 1_734_281_902;

const ATTEMPTS = 3;

/** PostgreSQL with a pool of connections. Every answer comes within the deadline, or an error does. */
export class PostgresEngine implements Engine {
  readonly place: string;
  readonly isShared = true;
  readonly ids = postgresIds;
  private readonly turns = new KeyedMutex();

  constructor(private readonly source: DataSource) {
    const { host, port, database } = source.options as PostgresConnectionOptions;
    this.place = `PostgreSQL at ${host}:${port}, database ${String(database)}`;
  }

  async connect(): Promise<void> {
    if (!this.source.isInitialized) await this.source.initialize();
    await this.source.transaction(async (manager) => {
      // Both waiting for another instance and migrating may take longer than an answer may.
      await manager.query('SET LOCAL statement_timeout = 0');
      await manager.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      await runPendingMigrations(manager.queryRunner);
    });
  }

  async read<T>(work: Work<T>): Promise<T> {
    return inTime(work(this.source.manager));
  }

  async write<T>(work: Work<T>, userId?: number): Promise<T> {
    const deadlineMs = performance.now() + POSTGRES_DEADLINE_MS;
    const transaction = () => {
      // A caller that waited this long has been told that it failed, so it must not happen now.
      if (performance.now() > deadlineMs) throw timedOut();
      return this.transaction(work, userId);
    };
    return inTime(userId === undefined ? transaction() : this.turns.take(userId, transaction));
  }

  async ping(): Promise<void> {
    await this.read(async (manager) => {
      // Also in a standby, to which the connection may lead after a failover.
      const rows: [{ transaction_read_only: string }] = await manager.query(
        'SHOW transaction_read_only',
      );
      if (rows[0].transaction_read_only === 'on') throw readOnly();
    });
  }

  async nowMs(manager: EntityManager): Promise<number> {
    const rows: [{ now_ms: string }] = await manager.query(
      'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now_ms',
    );
    return Number(rows[0].now_ms);
  }

  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }

  private async transaction<T>(work: Work<T>, userId?: number, attempt = 1): Promise<T> {
    try {
      const { manager, result } = await this.source.transaction(async (manager) => {
        if (userId !== undefined) {
          await manager.query('SELECT pg_advisory_xact_lock($1, $2)', [USER_LOCKS, userId]);
        }
        return { manager, result: await work(manager) };
      });
      committed(manager);
      return result;
    } catch (error) {
      // Two transactions that waited for each other: PostgreSQL undid this one, so it may run again.
      if (!isSerializationFailure(error) || attempt === ATTEMPTS) throw error;
      return this.transaction(work, userId, attempt + 1);
    }
  }
}

/** A server that does not answer keeps its connection waiting, but no request longer than this. */
async function inTime<T>(answer: Promise<T>): Promise<T> {
  return withinDeadline(answer, POSTGRES_DEADLINE_MS, timedOut);
}

/** The error of PostgreSQL for a write if it takes none. */
function readOnly(): Error {
  return Object.assign(new Error('PostgreSQL is read-only'), { code: '25006' });
}

function timedOut(): Error {
  return Object.assign(new Error('PostgreSQL did not answer in time'), { code: 'ETIMEDOUT' });
}
