import { closeSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DataSource } from 'typeorm';
import { ConfigurationError } from '../config/configuration-error.js';
import { lastingReason, makeFolder } from '../config/file-faults.js';
import type { Engine, Pending, Work } from './engine.js';
import { pendingMigrations, runPendingMigrations } from './migrate.js';
import { sqliteIds } from './sqlite-ids.js';
import { SqliteTransactions } from './sqlite-transactions.js';

/** A health check asks again soon, so it waits for the file's lock no longer than this. */
const PING_DEADLINE_MS = 2_000;

/**
 * SQLite in one file: plain reads on the connection that Nest knows, transactions one at a time on a
 * second one.
 */
export class SqliteEngine implements Engine {
  readonly place: string;
  readonly isShared = false;
  readonly ids = sqliteIds;
  private readonly writer: DataSource;
  private transactions: SqliteTransactions | undefined;

  constructor(private readonly reader: DataSource) {
    this.place = String(reader.options.database);
    this.writer = new DataSource(reader.options);
  }

  async open(): Promise<void> {
    for (const source of [this.reader, this.writer]) {
      if (!source.isInitialized) await source.initialize().catch(refuseOtherFiles);
    }
    this.transactions ??= new SqliteTransactions(this.writer.createQueryRunner());
  }

  async connect(): Promise<void> {
    createPrivately(this.place);
    await this.open();
    await this.write(({ queryRunner }) => runPendingMigrations(queryRunner));
  }

  /** A file has no settings of its own, and its rights show in `ping`. */
  faults(): Promise<string[]> {
    return Promise.resolve([]);
  }

  async pending(): Promise<Pending> {
    return this.write((manager) => pendingMigrations(manager));
  }

  async read<T>(work: Work<T>): Promise<T> {
    return work(this.reader.manager);
  }

  async write<T>(work: Work<T>): Promise<T> {
    if (!this.transactions) throw new Error('write() before open()');
    return this.transactions.run(work);
  }

  /** Each transaction has its turn. */
  async writeInTurn<T>(_lock: string, work: Work<T>): Promise<T> {
    return this.write(work);
  }

  async ping(): Promise<void> {
    await this.transactions?.run(() => Promise.resolve(), PING_DEADLINE_MS);
  }

  nowMs(): Promise<number> {
    return Promise.resolve(Date.now());
  }

  async close(): Promise<void> {
    for (const source of [this.writer, this.reader]) {
      if (source.isInitialized) await source.destroy();
    }
  }
}

/**
 * Makes the file with mode 0600 before SQLite would with the umask's: it holds password hashes.
 * @throws ConfigurationError if that cannot succeed later either
 */
function createPrivately(file: string): void {
  try {
    makeFolder(dirname(file));
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    const reason = lastingReason(error);
    if (reason === undefined) throw error;
    throw new ConfigurationError([
      `DATABASE_URL: ${file} cannot be made or written (${reason}): let this user write there, or name another`,
    ]);
  }
}

function refuseOtherFiles(error: unknown): never {
  if (!String(error).includes('SQLITE_NOTADB')) throw error;
  throw new ConfigurationError(['DATABASE_URL names a file that is no SQLite database']);
}
