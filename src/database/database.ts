import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type EntityManager } from 'typeorm';
import type { StoreOperation } from '../metrics/labels.js';
import { ConfigurationError } from '../config/configuration-error.js';
import { Metrics } from '../metrics/metrics.js';
import { databaseUnavailable, toDatabaseError } from './database-errors.js';
import type { Engine, GivenIds, Work } from './engine.js';
import { engineFor } from './engines.js';
import { reasonOf } from './reasons.js';

const RETRY_MS = 1_000;

/**
 * The one way to the database. Connects and migrates at start and keeps trying if that fails, so
 * that the process serves as soon as the database does. Every failure to answer leaves here as a
 * `service-unavailable`.
 */
@Injectable()
export class Database implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Database');
  private readonly engine: Engine;
  private readonly stopping = new AbortController();
  private isConnected = false;

  constructor(
    @InjectDataSource() source: DataSource,
    private readonly metrics: Metrics,
  ) {
    this.engine = engineFor(source);
  }

  /** Where the data lies, for people. */
  get place(): string {
    return this.engine.place;
  }

  /** Whether several instances may work on it. */
  get isShared(): boolean {
    return this.engine.isShared;
  }

  /** The ids that it gives by itself. */
  get ids(): GivenIds {
    return this.engine.ids;
  }

  /** @throws ConfigurationError if no later attempt would succeed */
  async onModuleInit(): Promise<void> {
    const failure = await this.connect();
    if (failure instanceof ConfigurationError) throw failure;
    if (failure) void this.connectEventually(failure);
  }

  /** Runs after the last request was answered. */
  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    this.isConnected = false;
    await this.engine.close();
  }

  /**
   * Runs a read that no write depends on: what it finds may have changed when it returns.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async read<T>(work: Work<T>): Promise<T> {
    return this.answer('read', () => this.engine.read(work));
  }

  /**
   * Runs `work` in a transaction, the only way to write: all of it happens or none.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async write<T>(work: Work<T>): Promise<T> {
    return this.answer('write', () => this.engine.write(work));
  }

  /**
   * Runs `work` in a transaction beside which no other one of this user's runs, on any instance: what
   * it read of the user is still so when it commits.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async writeFor<T>(userId: number, work: Work<T>): Promise<T> {
    return this.answer('write', () => this.engine.write(work, userId));
  }

  /**
   * Runs `work` in a transaction that waits for a lock, a row's for instance, and has this name for it: of all that
   * wait for it in this process one has a connection, so that others are left to everybody else.
   * @throws DomainError `service-unavailable` when the database cannot answer, or the turn does not come in time
   */
  async writeInTurn<T>(lock: string, work: Work<T>): Promise<T> {
    return this.answer('write', () => this.engine.writeInTurn(lock, work));
  }

  /**
   * Reads or raises a counter on PostgreSQL by a single statement, which is one step by itself.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async count<T>(work: Work<T>): Promise<T> {
    return this.answer('count', () => this.engine.read(work));
  }

  /** The present on the database's clock, which all instances share. */
  async nowMs(manager: EntityManager): Promise<number> {
    return this.engine.nowMs(manager);
  }

  /** @throws DomainError `service-unavailable` when the database would not take a write now */
  async ping(): Promise<void> {
    await this.answer('read', () => this.engine.ping());
  }

  private async answer<T>(
    operation: StoreOperation<'database'>,
    ask: () => Promise<T>,
  ): Promise<T> {
    return this.metrics.store('database', operation, async () => {
      if (!this.isConnected) throw databaseUnavailable(new Error('not connected yet'));
      try {
        return await ask();
      } catch (error) {
        throw toDatabaseError(error);
      }
    });
  }

  /** @returns why it failed */
  private async connect(): Promise<Error | undefined> {
    try {
      await this.engine.connect();
      this.isConnected = true;
      return undefined;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private async connectEventually(first: Error): Promise<void> {
    let failure: Error | undefined = first;
    do {
      this.logger.error(`Cannot open ${this.engine.place}, trying again: ${reasonOf(failure)}`);
      await sleep(RETRY_MS, undefined, { ref: false });
      if (this.stopping.signal.aborted) return;
      failure = await this.connect();
    } while (failure);
  }
}
