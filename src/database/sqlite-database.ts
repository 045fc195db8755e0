import { LRUCache } from 'lru-cache';
import sqlite3, { type RunResult, type Statement } from 'sqlite3';

/** More than the service has statements. */
const MAX_KEPT = 200;

/** What `run` would leave at its first row, with its lock, until it ends. */
const HAS_ROWS = /^(?!INSERT |UPDATE |DELETE )|\bRETURNING\b/;

type Callback = (this: RunResult, error: Error | null, rows?: unknown[]) => void;

/**
 * A connection to SQLite that keeps the statements that it has prepared. The library prepares a statement for
 * each call, and that is one more trip to another thread, which costs more than most statements do.
 */
export class SqliteDatabase extends sqlite3.Database {
  /** Those that have succeeded. */
  private readonly kept = new LRUCache<string, Statement>({
    max: MAX_KEPT,
    dispose: (statement) => this.end(statement),
  });
  private readonly ended = new WeakSet<Statement>();

  override all(sql: string, ...details: unknown[]): this {
    return this.execute('all', sql, details);
  }

  override run(sql: string, ...details: unknown[]): this {
    return HAS_ROWS.test(sql) ? super.run(sql, ...details) : this.execute('run', sql, details);
  }

  override close(callback?: (error: Error | null) => void): void {
    // SQLite does not close a file of which a statement is left.
    this.kept.clear();
    super.close(callback);
  }

  /** @param details as TypeORM gives them: the values, if there are any, and the callback */
  private execute(method: 'all' | 'run', sql: string, details: unknown[]): this {
    const callback = details.at(-1) as Callback;
    const [values = []] = details.slice(0, -1);
    const statement = this.kept.get(sql) ?? this.prepare(sql).once('error', callback);
    const settle = (error: Error | null) => this.settle(sql, statement, error);
    statement[method](values, function (this: RunResult, error: Error | null, rows?: unknown[]) {
      settle(error);
      callback.call(this, error, rows);
    });
    return this;
  }

  private settle(sql: string, statement: Statement, error: Error | null): void {
    const kept = this.kept.peek(sql);
    if (error) {
      // It may have stopped in the middle of its work, and hold a lock.
      if (kept === statement) this.kept.delete(sql);
      else this.end(statement);
    } else if (kept === undefined && !this.ended.has(statement)) {
      // Without its first caller, whose values would stay in memory.
      this.kept.set(sql, statement.removeAllListeners('error'));
    } else if (kept !== statement) {
      // Prepared twice at the same time.
      this.end(statement);
    }
  }

  /** Those who wait for it are answered before. */
  private end(statement: Statement): void {
    if (this.ended.has(statement)) return;
    this.ended.add(statement);
    statement.finalize();
  }
}
