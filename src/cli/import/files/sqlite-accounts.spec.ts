import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../../../test/support/server.js';
import { SqliteFile } from '../../../../test/support/sqlite-file.js';
import type { AccountRow } from './account-source.js';
import { sqliteAccounts } from './sqlite-accounts.js';

const BCRYPT = '$2b$12$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01232';
const [SALT, HASH] = ['fb'.repeat(32), 'ef'.repeat(32)];
const BASE64 = Buffer.from(SALT + HASH, 'hex').toString('base64');

/** A file after these statements. */
async function fileOf(...statements: string[]): Promise<string> {
  const file = join(temporaryDirectory(), 'users.db');
  writeFileSync(file, '');
  const database = await SqliteFile.open(file);
  for (const statement of statements) await database.query(statement);
  await database.close();
  return file;
}

async function rowsOf(...statements: string[]): Promise<AccountRow[]> {
  const { rows } = await sqliteAccounts(await fileOf(...statements), undefined);
  const found: AccountRow[] = [];
  for await (const row of rows) found.push(row);
  return found;
}

describe('A SQLite file of accounts', () => {
  it('has passwords as blobs, hexadecimal or base64 digits, or hashes that say what they are', async () => {
    const rows = await rowsOf(
      'CREATE TABLE members (ID INTEGER PRIMARY KEY, Username TEXT, PASSWORD)',
      `INSERT INTO members VALUES (3, 'blob', x'${SALT}${HASH}'), (5, 'hex', '${SALT}${HASH}'),
         (6, 'base64', '${BASE64}'), (7, 'bcrypt', '${BCRYPT}'),
         (8, 'text in a blob', CAST('${BCRYPT}' AS BLOB)), (9, 'another', 'scrypt:32768:8:1$x$00')`,
    );
    const raw = { salt: SALT, salt_is: 'bytes', hash: HASH, iterations: 100_000 };
    expect(rows).toEqual([
      { place: 'row 3', done: 1, fields: { ID: 3, Username: 'blob', ...raw } },
      { place: 'row 5', done: 2, fields: { ID: 5, Username: 'hex', ...raw } },
      { place: 'row 6', done: 3, fields: { ID: 6, Username: 'base64', ...raw } },
      ...[
        { ID: 7, Username: 'bcrypt', PASSWORD: BCRYPT },
        { ID: 8, Username: 'text in a blob', PASSWORD: BCRYPT },
        { ID: 9, Username: 'another', PASSWORD: 'scrypt:32768:8:1$x$00' },
      ].map((fields, index) => ({ place: `row ${fields.ID}`, done: index + 4, fields })),
    ]);
  });

  it('has all columns of its table, but those that number its rows', async () => {
    const [row] = await rowsOf(
      'CREATE TABLE users (key INTEGER PRIMARY KEY, rowid, username, pw_hash, "is active")',
      `INSERT INTO users VALUES (7, 'x', CAST('miguel' AS BLOB), CAST('${BCRYPT}' AS BLOB), 0)`,
    );
    expect(row?.fields).toEqual({ username: 'miguel', pw_hash: BCRYPT, 'is active': 0 });
  });

  it('says what kind of hash a text has that is not taken over', async () => {
    const rows = await rowsOf(
      'CREATE TABLE users (username TEXT, password)',
      `INSERT INTO users VALUES ('miguel', '$1$x$y'), ('julia', '${'ab'.repeat(16)}')`,
    );
    expect(rows.map(({ fields }) => fields?.password)).toEqual(['$1$x$y', 'ab'.repeat(16)]);
  });

  it('takes 64 bytes as text for a salt and a hash in a column password alone', async () => {
    const text = 'ab'.repeat(64);
    const rows = await rowsOf(
      'CREATE TABLE users (username TEXT, password_digest TEXT)',
      `INSERT INTO users VALUES ('miguel', '${text}')`,
    );
    expect(rows.map(({ fields }) => fields)).toEqual([
      { username: 'miguel', password_digest: text },
    ]);
  });

  it('tells the row of a password that is none, and shows nothing of it', async () => {
    const rows = await rowsOf(
      'CREATE TABLE users (username TEXT, password)',
      "INSERT INTO users VALUES ('miguel', ''), ('julia', NULL), ('susan', x'00'), ('david', 7)",
    );
    const fault = 'the password is no text, and not 32 bytes of salt and 32 of hash';
    expect(rows).toEqual(
      [1, 2, 3, 4].map((row) => ({ place: `row ${row}`, done: row, fields: undefined, fault })),
    );
  });

  it('has all of its rows read once, in the order of numbers of any size', async () => {
    const file = await fileOf(
      'CREATE TABLE users (rowid TEXT, username TEXT, password TEXT)',
      `INSERT INTO users (oid, username, password)
         WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 998)
         SELECT n, 'user-' || n, '${BCRYPT}' FROM numbers`,
      `INSERT INTO users (oid, username) VALUES (-9223372036854775808, 'first'),
         (9223372036854775806, 'last but one'), (9223372036854775807, 'last')`,
    );
    const { total, rows } = await sqliteAccounts(file, undefined);
    const places: string[] = [];
    for await (const { place } of rows) places.push(place);
    expect(total).toBe(1001);
    expect(places).toEqual([
      'row -9223372036854775808',
      ...Array.from({ length: 998 }, (_, index) => `row ${index + 1}`),
      'row 9223372036854775806',
      'row 9223372036854775807',
    ]);
  });

  it('has them in the table that is called users, if several could be it', async () => {
    const rows = await rowsOf(
      'CREATE TABLE admins (username TEXT, password TEXT)',
      'CREATE TABLE "Users" (username TEXT, password TEXT)',
      `INSERT INTO admins VALUES ('admin', '${BCRYPT}')`,
      `INSERT INTO "Users" VALUES ('miguel', '${BCRYPT}')`,
    );
    expect(rows.map(({ fields }) => fields?.username)).toEqual(['miguel']);
  });

  it('has them in the table that is asked for', async () => {
    const file = await fileOf(
      'CREATE TABLE admins (username TEXT, password TEXT)',
      'CREATE TABLE users (username TEXT, password TEXT)',
      `INSERT INTO admins VALUES ('admin', '${BCRYPT}')`,
    );
    expect((await sqliteAccounts(file, 'Admins')).total).toBe(1);
    await expect(sqliteAccounts(file, 'members')).rejects.toMatchObject({
      message: 'No table members has columns username and password',
    });
  });

  it('may have a table of any name', async () => {
    const rows = await rowsOf(
      'CREATE TABLE "the ""old"" ones" (username TEXT, password TEXT)',
      `INSERT INTO "the ""old"" ones" VALUES ('miguel', '${BCRYPT}')`,
    );
    expect(rows).toHaveLength(1);
  });

  it.each([
    ['has no such table', ['CREATE TABLE users (username TEXT, email TEXT)'], /^No table has/],
    [
      'has two, of which none is called users',
      ['CREATE TABLE b (username, password)', 'CREATE TABLE a (username, password)'],
      /^Several tables .*: a, b$/,
    ],
    [
      'has one whose rows have no numbers',
      ['CREATE TABLE users (username PRIMARY KEY, password) WITHOUT ROWID'],
      /^Table users is WITHOUT ROWID/,
    ],
  ])('is refused if it %s', async (_, statements, message) => {
    const opened = sqliteAccounts(await fileOf(...statements), undefined);
    await expect(opened).rejects.toMatchObject({
      ...{ code: 'unknown-tables', message: expect.stringMatching(message) },
    });
  });
});
