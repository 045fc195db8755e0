import sqlite3 from 'sqlite3';

type Parameter = string | number | null;

/** Another program's own connection to the SQLite file of a service. */
export class SqliteFile {
  private constructor(private readonly connection: sqlite3.Database) {}

  static open(file: string): Promise<SqliteFile> {
    return new Promise((resolve, reject) => {
      const connection = new sqlite3.Database(file, sqlite3.OPEN_READWRITE, (error) => {
        if (error) {
          reject(error);
          return;
        }
        connection.configure('busyTimeout', 10_000);
        resolve(new SqliteFile(connection));
      });
    });
  }

  /** Runs one statement; resolves with its rows. */
  query<T>(sql: string, ...parameters: Parameter[]): Promise<T[]> {
    return new Promise((resolve, reject) => {
      this.connection.all<T>(sql, parameters, (error, rows) =>
        error ? reject(error) : resolve(rows),
      );
    });
  }

  /** Takes the file's lock: no one else writes until `unlock`. */
  async lock(): Promise<void> {
    await this.query('BEGIN EXCLUSIVE');
  }

  async unlock(): Promise<void> {
    await this.query('ROLLBACK');
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.connection.close((error) => (error ? reject(error) : resolve()));
    });
  }
}
