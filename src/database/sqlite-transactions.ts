import { Mutex, withTimeout } from 'async-mutex';
import type { EntityManager, QueryRunner } from 'typeorm';
import { committed, undone } from './after-commit.js';
import { databaseUnavailable, isBusy } from './database-errors.js';

/** How long a write may wait for its turn and for the file's lock together (docs: 503 within 6 s). */
const WRITE_DEADLINE_MS = 5_000;

const TOO_LATE = databaseUnavailable(new Error('waited too long for other transactions'));

/**
 * Transactions on SQLite, one at a time on a connection of their own.
 *
 * TypeORM's sqlite driver has a single connection: a statement of another request would join an open
 * transaction and be lost when that rolls back. So every write, and every read that decides one,
 * waits here for its turn. `BEGIN IMMEDIATE` takes the file's lock first, so that a transaction
 * never has to give up half-way because another process writes.
 */
export class SqliteTransactions {
  private readonly turn = new Mutex();

  constructor(private readonly runner: QueryRunner) {}

  /**
   * Runs `work` in a transaction: all of it or none.
   * @throws DomainError `service-unavailable` when the turn or the lock does not come within `limitMs`
   */
  async run<T>(
    work: (manager: EntityManager) => Promise<T>,
    limitMs = WRITE_DEADLINE_MS,
  ): Promise<T> {
    const deadlineMs = performance.now() + limitMs;
    return withTimeout(this.turn, limitMs, TOO_LATE).runExclusive(async () => {
      await this.begin(deadlineMs);
      const { manager } = this.runner;
      let result: T;
      try {
        result = await work(manager);
        await this.runner.query('COMMIT');
      } catch (error) {
        undone(manager);
        // A full disk makes SQLite roll back by itself; a second one is then refused, and no matter.
        await this.runner.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
      committed(manager);
      return result;
    });
  }

  private async begin(deadlineMs: number): Promise<void> {
    for (;;) {
      try {
        await this.runner.query('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadlineMs) throw error;
      }
    }
  }
}
