import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import { createPrivately } from './data-source.js';
import { databaseUnavailable, toDatabaseError } from './database-errors.js';
import { migrate } from './migrate.js';
import { SqliteTransactions } from './transactions.js';

const RETRY_MS = 1_000;

/**
 * The one way to the database. Connects and migrates at start and keeps trying where that fails, so
 * that the process serves as soon as the database does. Every failure to answer leaves here as a
 * `service-unavailable`.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly writer: DataSource;
  private transactions: SqliteTransactions | undefined;
  private readonly stopping = new AbortController();

  constructor(@InjectDataSource() private readonly reader: DataSource) {
    this.writer = new DataSource(reader.options);
  }

  async onModuleInit(): Promise<void> {
    if (!(await this.connect())) void this.connectEventually();
  }

  /** Runs after the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.transactions = undefined;
    for (const source of [this.writer, this.reader]) {
      if (source.isInitialized) await source.destroy();
    }
  }

  /**
   * Runs a read that decides nothing: what it finds may have changed when it returns.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (!this.transactions) throw databaseUnavailable(new Error('not connected yet'));
    return work(this.reader.manager).catch(rethrow);
  }

  /**
   * Runs `work` in a transaction, the only way to write: what it read is still so when it commits.
   * All of it happens or nothing.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async write<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (!this.transactions) throw databaseUnavailable(new Error('not connected yet'));
    return this.transactions.run(work).catch(rethrow);
  }

  /** @throws DomainError `service-unavailable` when the database cannot answer */
  async ping(): Promise<void> {
    await this.read((manager) => manager.query('SELECT 1'));
  }

  private async connect(): Promise<boolean> {
    try {
      createPrivately(String(this.reader.options.database));
      if (!this.reader.isInitialized) await this.reader.initialize();
      if (!this.writer.isInitialized) await this.writer.initialize();
      const runner = this.writer.createQueryRunner();
      await migrate(runner);
      this.transactions = new SqliteTransactions(runner);
      return true;
    } catch (error) {
      this.logger.error(`Cannot open the database, trying again: ${String(error)}`);
      return false;
    }
  }

  private async connectEventually(): Promise<void> {
    do {
      await sleep(RETRY_MS, undefined, { ref: false });
    } while (!this.stopping.signal.aborted && !(await this.connect()));
  }
}

function rethrow(error: unknown): never {
  throw toDatabaseError(error);
}
