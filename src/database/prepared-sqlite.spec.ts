import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { temporaryDirectory } from '../../test/support/server.js';
import { dataSourceOptions } from './data-source.js';
import { PreparedSqlite } from './prepared-sqlite.js';

const ADD = 'INSERT INTO notes (name) VALUES (?)';
const UNIQUE = /UNIQUE/;

describe('A connection to SQLite', () => {
  let source: DataSource;
  let other: DataSource;
  const open = async (file: string) =>
    new DataSource(dataSourceOptions({ DATABASE_URL: `sqlite:${file}` })).initialize();
  beforeEach(async () => {
    const file = join(temporaryDirectory(), 'notes.sqlite');
    source = await open(file);
    other = await open(file);
    await source.query('CREATE TABLE notes (name TEXT PRIMARY KEY)');
  });

  afterEach(async () => {
    await source.destroy();
    await other.destroy();
  });

  it('runs a statement again with other values', async () => {
    expect(await source.query(ADD, ['first'])).toBe(1);
    expect(await source.query(ADD, ['second'])).toBe(2);
    const named = 'SELECT name FROM notes WHERE name = ?';
    expect(await source.query(named, ['first'])).toEqual([{ name: 'first' }]);
    expect(await source.query(named, ['second'])).toEqual([{ name: 'second' }]);
    expect(await source.query(named, ['third'])).toEqual([]);
  });

  it('runs a statement for many at once, each with its own values', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `note ${index}`);
    const rows = await Promise.all(names.map((name) => source.query(`SELECT ? AS name`, [name])));
    expect(rows).toEqual(names.map((name) => [{ name }]));
  });

  it('runs a statement again that failed', async () => {
    await source.query(ADD, ['first']);
    const again = [source.query(ADD, ['first']), source.query(ADD, ['first'])];
    for (const failure of again) await expect(failure).rejects.toThrow(UNIQUE);
    await source.query(ADD, ['second']);
    const [row] = await source.query<object[]>('SELECT COUNT(*) AS count FROM notes');
    expect(row).toEqual({ count: 2 });
  });

  it('leaves nothing under way of a statement that failed', async () => {
    await other.query('BEGIN IMMEDIATE');
    await expect(source.query('BEGIN IMMEDIATE')).rejects.toThrow(/SQLITE_BUSY/);
    await other.query('COMMIT');
    // Refused while any statement of the connection is under way.
    await source.query('VACUUM');
  });

  it('prepares a statement again whose table is there now', async () => {
    const ask = () => source.query('SELECT * FROM later WHERE name = ?', ['first']);
    for (const failure of [ask(), ask()]) await expect(failure).rejects.toThrow(/no such table/);
    await other.query('CREATE TABLE later (name TEXT)');
    expect(await ask()).toEqual([]);
  });

  it('sees what others change, their tables included', async () => {
    const ask = () => source.query('SELECT * FROM notes WHERE name = ?', ['first']);
    await source.query(ADD, ['first']);
    expect(await ask()).toEqual([{ name: 'first' }]);
    await other.query('ALTER TABLE notes ADD COLUMN text TEXT');
    await other.query('UPDATE notes SET text = ?', ['Hello']);
    expect(await ask()).toEqual([{ name: 'first', text: 'Hello' }]);
  });

  it('keeps nobody from writing, nor the log of changes from being written back', async () => {
    await source.query(ADD, ['first']);
    const named = 'SELECT name FROM notes WHERE name = ?';
    expect(await source.query(named, ['first'])).toHaveLength(1);
    await other.query(ADD, ['second']);
    const [checkpoint] = await other.query<object[]>('PRAGMA wal_checkpoint(TRUNCATE)');
    expect(checkpoint).toEqual({ busy: 0, log: 0, checkpointed: 0 });
    expect(await source.query(named, ['second'])).toHaveLength(1);
  });

  it('takes any number of different statements', async () => {
    const numbers = Array.from({ length: 250 }, (_, index) => index);
    const ask = () =>
      Promise.all(numbers.map((number) => source.query(`SELECT ${number} + ? AS sum`, [1])));
    const sums = numbers.map((number) => [{ sum: number + 1 }]);
    expect(await ask()).toEqual(sums);
    expect(await ask()).toEqual(sums);
  });

  it('has no values of the last time where none are given', async () => {
    const ask = (values: unknown[]) => source.query('SELECT ? AS value', values);
    expect(await ask(['secret'])).toEqual([{ value: 'secret' }]);
    expect(await ask([])).toEqual([{ value: null }]);
  });

  it('closes while statements are under way, and takes none after that', async () => {
    const file = join(temporaryDirectory(), 'closing.sqlite');
    const connection = await new Promise<PreparedSqlite>((resolve, reject) => {
      const opened = new PreparedSqlite(file, (error) => {
        if (error) reject(error);
        else resolve(opened);
      });
    });
    const ask = (text: string) =>
      new Promise((resolve) => {
        connection.all(text, ['yes'], (error: Error | null, rows: unknown) => {
          resolve(error ?? rows);
        });
      });
    const earlier = ask('SELECT ? AS earlier');
    const closed = new Promise((resolve) => {
      connection.close(resolve);
    });
    const meanwhile = ask('SELECT ? AS meanwhile');
    expect(await earlier).toEqual([{ earlier: 'yes' }]);
    expect(await meanwhile).toEqual([{ meanwhile: 'yes' }]);
    expect(await closed).toBeNull();
    expect(await ask('SELECT ? AS later')).toMatchObject({ code: 'SQLITE_MISUSE' });
  });

  it('obeys a PRAGMA each time', async () => {
    for (const value of [0, 1, 0, 1]) {
      await source.query(`PRAGMA foreign_keys = ${value}`);
      expect(await source.query('PRAGMA foreign_keys')).toEqual([{ foreign_keys: value }]);
    }
  });
});
