import type { DataSource, EntityManager } from 'typeorm';
import type { PostgresConnectionOptions } from 'typeorm/driver/postgres/PostgresConnectionOptions.js';
import { Deadlines, type Deadline } from '../common/deadlines.js';
import { committed } from './after-commit.js';
import { isSerializationFailure } from './database-errors.js';
import type { Engine, Pending, Work } from './engine.js';
import { KeyedMutex } from './keyed-mutex.js';
import { pendingMigrations, runPendingMigrations } from './migrate.js';
import { alterationFault, connectionFaults, postgresFaults } from './postgres-faults.js';
import { postgresIds } from './postgres-ids.js';
import { POSTGRES_DEADLINE_MS } from './postgres-limits.js';
import {
  hasSettings,
  refusesStartupParameters,
  transactionSettings,
  withoutSettings,
  type StartupParameters,
} from './postgres-session.js';

/** Any numbers do, as long as no other lock in the database uses them. */
const MIGRATION_LOCK = 1_734_281_901;
const USER_LOCKS = 1_734_281_902;

const ATTEMPTS = 3;

/**
 * PostgreSQL with a pool of connections. Every answer comes within the deadline, or an error does. No
 * statement counts on its session: a pooler in front may give each transaction another one.
 */
export class PostgresEngine implements Engine {
  readonly place: string;
  readonly isShared = true;
  readonly ids = postgresIds;
  private readonly turns = new KeyedMutex<number | string>();
  /** A server that does not answer keeps its connection waiting, but no request longer than this. */
  private readonly deadlines = new Deadlines(POSTGRES_DEADLINE_MS, timedOut);
  private readonly schema: string | undefined;
  /** What begins each transaction, if a session does not have the settings from its start. */
  private settings: string | undefined;

  constructor(private readonly source: DataSource) {
    const { host, port, database, schema } = source.options as PostgresConnectionOptions;
    this.place = `PostgreSQL at ${host}:${port}, database ${String(database)}`;
    this.schema = schema;
  }

  /** Whether sessions are not its own: a pooler is in front. */
  get isPooled(): boolean {
    return this.settings !== undefined;
  }

  async open(): Promise<void> {
    if (!this.source.isInitialized) await this.initialize();
    const isSet = await hasSettings(this.source.manager, this.schema);
    this.settings = isSet ? undefined : transactionSettings(this.schema);
  }

  async connect(): Promise<void> {
    await this.open();
    await this.begin(async (manager) => {
      // Both waiting for another instance and migrating may take longer than an answer may.
      await manager.query('SET LOCAL statement_timeout = 0');
      await manager.query('SELECT pg_advisory_xact_lock($1)', [MIGRATION_LOCK]);
      const faults = await postgresFaults(manager, this.schema);
      if (faults.length > 0) throw new Error(faults.join('; '));
      await runPendingMigrations(manager.queryRunner);
    });
  }

  async faults(): Promise<string[]> {
    return this.begin(async (manager) => [
      ...(await postgresFaults(manager, this.schema)),
      // A pooler has its own idea of how many it makes.
      ...(this.isPooled ? [] : await connectionFaults(manager)),
    ]);
  }

  async pending(): Promise<Pending> {
    return this.begin((manager) => pendingMigrations(manager, alterationFault));
  }

  async read<T>(work: Work<T>): Promise<T> {
    return this.deadlines.race(this.isPooled ? this.begin(work) : work(this.source.manager));
  }

  async write<T>(work: Work<T>, userId?: number): Promise<T> {
    return this.writeInTime(work, userId, userId);
  }

  async writeInTurn<T>(lock: string, work: Work<T>): Promise<T> {
    return this.writeInTime(work, lock);
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

  private async initialize(): Promise<void> {
    try {
      await this.source.initialize();
    } catch (error) {
      if (!refusesStartupParameters(error)) throw error;
      const { extra } = this.source.options as { extra: StartupParameters };
      this.source.setOptions({ extra: withoutSettings(extra) });
      await this.source.initialize();
    }
  }

  /** Runs `work` in a transaction that has the settings. */
  private async begin<T>(work: Work<T>): Promise<T> {
    if (this.settings === undefined) return this.source.transaction(work);
    const runner = this.source.createQueryRunner();
    try {
      // One round trip for both, which TypeORM's own transactions have no place for.
      await runner.query(`START TRANSACTION; ${this.settings}`);
      const result = await work(runner.manager);
      await runner.query('COMMIT');
      return result;
    } catch (error) {
      // A lost connection took the transaction with it.
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** @param turn what no two transactions of the process may wait for, each with a connection */
  private async writeInTime<T>(work: Work<T>, turn?: number | string, userId?: number): Promise<T> {
    return this.deadlines.run((deadline) => {
      const transaction = () => this.transaction(work, deadline, userId);
      return turn === undefined ? transaction() : this.turns.take(turn, transaction);
    });
  }

  private async transaction<T>(
    work: Work<T>,
    deadline: Deadline,
    userId?: number,
    attempt = 1,
  ): Promise<T> {
    refuseAfter(deadline);
    try {
      const { manager, result } = await this.begin(async (manager) => {
        if (userId !== undefined) {
          await manager.query('SELECT pg_advisory_xact_lock($1, $2)', [USER_LOCKS, userId]);
        }
        // A pooler may have had it wait for its turn.
        refuseAfter(deadline);
        const result = await work(manager);
        // So may a lock of a row.
        refuseAfter(deadline);
        return { manager, result };
      });
      committed(manager);
      return result;
    } catch (error) {
      // Two transactions that waited for each other: PostgreSQL undid this one, so it may run again.
      if (!isSerializationFailure(error) || attempt === ATTEMPTS) throw error;
      return this.transaction(work, deadline, userId, attempt + 1);
    }
  }
}

/** A caller that waited this long was told that it failed, so it must not happen now. */
function refuseAfter({ isOver }: Deadline): void {
  if (isOver) throw timedOut();
}

/** The error of PostgreSQL for a write if it takes none. */
function readOnly(): Error {
  return Object.assign(new Error('PostgreSQL is read-only'), { code: '25006' });
}

function timedOut(): Error {
  return Object.assign(new Error('PostgreSQL did not answer in time'), { code: 'ETIMEDOUT' });
}
