import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteDatabase } from './sqlite-database.js';

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-sqlite-'));
const file = join(folder, 'some.sqlite');
const open: SqliteDatabase[] = [];

async function connect(): Promise<SqliteDatabase> {
  const database = await new Promise<SqliteDatabase>((resolve, reject) => {
    const made = new SqliteDatabase(file, (error) => (error ? reject(error) : resolve(made)));
  });
  open.push(database);
  return database;
}

function all(database: SqliteDatabase, sql: string, values?: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const callback = (error: Error | null, rows: unknown) =>
      error ? reject(error) : resolve(rows);
    database.all(sql, ...(values ? [values] : []), callback);
  });
}

/** How many rows it changed. */
function run(database: SqliteDatabase, sql: string, values: unknown[] = []): Promise<number> {
  return new Promise((resolve, reject) => {
    database.run(sql, values, function (this: { changes: number }, error: Error | null) {
      if (error) reject(error);
      else resolve(this.changes);
    });
  });
}

function close(database: SqliteDatabase): Promise<void> {
  open.splice(open.indexOf(database), 1);
  return new Promise((resolve, reject) =>
    database.close((error) => (error ? reject(error) : resolve())),
  );
}

describe('A connection that keeps its prepared statements', () => {
  let database: SqliteDatabase;

  beforeEach(async () => {
    database = await connect();
    await run(database, 'DROP TABLE IF EXISTS pets');
    await run(database, 'CREATE TABLE pets (name TEXT PRIMARY KEY)');
  });

  afterEach(async () => {
    await Promise.all([...open].map(close));
  });

  afterAll(() => rmSync(folder, { recursive: true }));

  const insert = (name: string) => run(database, 'INSERT INTO pets VALUES ($1)', [name]);
  const find = (name: string) => all(database, 'SELECT name FROM pets WHERE name = $1', [name]);

  it('answers each call with its own values', async () => {
    expect(await insert('rex')).toBe(1);
    expect(await insert('tom')).toBe(1);
    expect(await find('rex')).toEqual([{ name: 'rex' }]);
    expect(await find('ben')).toEqual([]);
    expect(await find('tom')).toEqual([{ name: 'tom' }]);
    expect(await run(database, 'DELETE FROM pets')).toBe(2);
    expect(await run(database, 'DELETE FROM pets')).toBe(0);
  });

  it('answers calls of the same statement that come at once', async () => {
    const names = Array.from({ length: 50 }, (_, index) => `pet-${index}`);
    await Promise.all(names.map(insert));
    expect(await Promise.all(names.map(find))).toEqual(names.map((name) => [{ name }]));
  });

  it('prepares a statement once', async () => {
    const prepare = jest.spyOn(database, 'prepare');
    for (const name of ['rex', 'tom', 'ben']) await find(name);
    expect(prepare).toHaveBeenCalledTimes(1);
  });

  it('tells every caller of a statement that cannot be prepared', async () => {
    const answers = await Promise.allSettled(
      [1, 2, 3].map(() => all(database, 'SELECT * FROM no_such_table')),
    );
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 'rejected', reason: { code: 'SQLITE_ERROR' } });
    }
  });

  it('prepares a statement that has failed once more', async () => {
    const prepare = jest.spyOn(database, 'prepare');
    await insert('rex');
    await expect(insert('rex')).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT' });
    expect(await insert('tom')).toBe(1);
    expect(prepare).toHaveBeenCalledTimes(2);
  });

  it('holds no lock for a statement that failed or was not read to its end', async () => {
    const other = await connect();
    await run(database, 'INSERT INTO pets VALUES ($1) RETURNING name', ['rex']);
    await run(database, 'PRAGMA user_version');
    await expect(insert('rex')).rejects.toThrow('UNIQUE');
    await run(other, 'BEGIN EXCLUSIVE');
    await expect(all(database, 'BEGIN IMMEDIATE')).rejects.toMatchObject({ code: 'SQLITE_BUSY' });
    await run(other, 'COMMIT');
    await all(database, 'BEGIN IMMEDIATE');
    expect(await insert('tom')).toBe(1);
    await all(database, 'COMMIT');
    expect(await all(other, 'SELECT count(*) AS count FROM pets')).toEqual([{ count: 2 }]);
  });

  it('sees columns that were added after a statement was prepared', async () => {
    await insert('rex');
    const everything = () => all(database, 'SELECT * FROM pets');
    expect(await everything()).toEqual([{ name: 'rex' }]);
    await run(await connect(), 'ALTER TABLE pets ADD COLUMN age INTEGER');
    expect(await everything()).toEqual([{ name: 'rex', age: null }]);
  });

  it('lets go of statements while others wait for them, if there are too many', async () => {
    await insert('rex');
    await find('rex');
    const waiting = Array.from({ length: 3_000 }, () => find('rex'));
    await Promise.all(
      Array.from({ length: 300 }, (_, index) => all(database, `SELECT ${index} AS n`)),
    );
    for (const rows of await Promise.all(waiting)) expect(rows).toEqual([{ name: 'rex' }]);
    expect(await find('rex')).toEqual([{ name: 'rex' }]);
  });

  it('closes the file', async () => {
    await insert('rex');
    await find('rex');
    await close(database);
    await expect(find('rex')).rejects.toMatchObject({ code: 'SQLITE_MISUSE' });
  });
});
