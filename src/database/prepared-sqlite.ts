import sqlite3 from 'sqlite3';

type Callback = (
  this: sqlite3.Statement | undefined,
  error: Error | null,
  rows?: unknown[],
) => void;

/** As the driver has it, which its types leave out: `prepared` hears how it went. */
const NewStatement = sqlite3.Statement as unknown as new (
  connection: sqlite3.Database,
  sql: string,
  prepared: (error: Error | null) => void,
) => sqlite3.Statement;

/** More than are used often. TypeORM writes lists and numbers into its texts: most of those come once. */
const CAPACITY = 100;

/** What requests say. Others, `PRAGMA` above all, may act while they are prepared, so each one is anew. */
const QUERY = /^(?:SELECT|WITH|INSERT|UPDATE|DELETE)\b/;
const BOUNDARY = /^(?:BEGIN|COMMIT)\b/;

/**
 * A connection to SQLite that keeps what it has prepared. The driver's own goes to a worker thread twice for
 * each statement, to prepare it and to run it, which costs more than what most of them do there.
 */
export class PreparedSqlite extends sqlite3.Database {
  /** By their texts, the least recently used first. */
  private readonly prepared = new Map<string, Promise<sqlite3.Statement>>();
  private isClosing = false;

  override all(sql: string, ...given: unknown[]): this {
    return this.keeps(sql, given) ? this.repeat('all', sql, given) : super.all(sql, ...given);
  }

  /** For a statement without rows: one that had some would stay under way. */
  override run(sql: string, ...given: unknown[]): this {
    return this.keeps(sql, given) ? this.repeat('run', sql, given) : super.run(sql, ...given);
  }

  override close(callback?: (error: Error | null) => void): void {
    this.isClosing = true;
    const forgotten = [...this.prepared.keys()].map((sql) => this.forget(sql));
    // SQLite closes nothing that has statements.
    void Promise.all(forgotten).then(() => {
      super.close(callback);
    });
  }

  private keeps(sql: string, [parameters]: unknown[]): boolean {
    if (this.isClosing) return false;
    // Without values the driver would leave those of the last time.
    const hasValues = Array.isArray(parameters) && parameters.length > 0;
    return hasValues ? QUERY.test(sql) : BOUNDARY.test(sql);
  }

  private repeat(method: 'all' | 'run', sql: string, given: unknown[]): this {
    const [parameters = [], callback] = given as [unknown, Callback];
    // Listens before anybody can forget the statement, and so runs it before it is let go.
    void this.statement(sql).then(
      (statement) => {
        statement[method](parameters, (error: Error | null, rows?: unknown[]) => {
          // Wherever it stopped, the next one is anew.
          if (error) void this.forget(sql);
          callback.call(statement, error, rows);
        });
      },
      (error: unknown) => {
        void this.forget(sql);
        callback.call(undefined, error as Error);
      },
    );
    return this;
  }

  private statement(sql: string): Promise<sqlite3.Statement> {
    const prepared = this.prepared.get(sql) ?? this.prepareNew(sql);
    this.prepared.delete(sql);
    this.prepared.set(sql, prepared);
    const [oldest = sql] = this.prepared.keys();
    if (this.prepared.size > CAPACITY) void this.forget(oldest);
    return prepared;
  }

  private prepareNew(sql: string): Promise<sqlite3.Statement> {
    return new Promise((resolve, reject) => {
      const statement = new NewStatement(this, sql, (error) => {
        if (error) reject(error);
        else resolve(statement);
      });
    });
  }

  private async forget(sql: string): Promise<void> {
    const prepared = this.prepared.get(sql);
    this.prepared.delete(sql);
    await prepared?.then(
      (statement) => statement.finalize(),
      () => undefined,
    );
  }
}
