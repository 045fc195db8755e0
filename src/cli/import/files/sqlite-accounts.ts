import sqlite3 from 'sqlite3';
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { CommandFailure } from '../../exit-codes.js';
import { plainName, type Fields } from '../fields.js';
import { isPasswordOfAnyFormat, isUsernameOfAnyFormat } from '../formats/formats.js';
import type { AccountRow, AccountSource } from './account-source.js';

const READ_AT_ONCE = 500;

/** What the Flask demo keeps in its column: a salt, and PBKDF2-HMAC-SHA256 of it and the password. */
const SALT_BYTES = 32;
const HASH_BYTES = 32;
const ITERATIONS = 100_000;
const DEMO_COLUMN = 'password';

/** What a row's number is called, if no column has the name. */
const ROWID_NAMES = ['rowid', '_rowid_', 'oid'];

/** What Flask, Django and ASP.NET applications and others call the table. */
const USUAL_TABLE = /^(users?|accounts?|auth_user|AspNetUsers)$/i;

/** Below every row: it may be negative, and beyond what a number holds exactly. */
const BELOW_ALL = -1e19;

type Query = (sql: string, parameters?: unknown[]) => Promise<Record<string, unknown>[]>;

/**
 * The accounts of a SQLite file with a table of usernames and passwords, such as Flask and Django
 * applications have.
 * @param tableName the table; undefined if its columns shall tell it
 * @throws CommandFailure if there is no such table, or more than one, or one without row numbers
 */
export async function sqliteAccounts(
  file: string,
  tableName: string | undefined,
): Promise<AccountSource> {
  const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY);
  const query: Query = promisify(database.all.bind(database));
  const table = await findTable(query, tableName);
  const [{ total } = {}] = await query(`SELECT count(*) AS total FROM ${quoted(table.name)}`);
  return {
    total: Number(total),
    rows: readTable(query, table),
    columns: { where: `Table ${table.name}`, names: table.columns },
  };
}

interface Table {
  readonly name: string;
  /** The name of its row numbers; undefined if it has none. */
  readonly rowid: string | undefined;
  /** Without those that number the rows and are called otherwise than `id`. */
  readonly columns: readonly string[];
}

async function findTable(query: Query, wanted: string | undefined): Promise<Table> {
  const tables = await query(
    "SELECT name, wr FROM pragma_table_list WHERE type = 'table' AND schema = 'main' ORDER BY name",
  );
  const found: Table[] = [];
  for (const { name, wr } of tables as { name: string; wr: number }[]) {
    if (wanted !== undefined && name.toLowerCase() !== wanted.toLowerCase()) continue;
    const columns = (await query('SELECT name, type, pk FROM pragma_table_info(?)', [
      name,
    ])) as unknown as Column[];
    const names = columns.filter((column) => !isRowNumber(column)).map((column) => column.name);
    if (names.some(isUsernameOfAnyFormat) && names.some(isPasswordOfAnyFormat)) {
      const has = (each: string) => columns.some((column) => column.name.toLowerCase() === each);
      const rowid = wr === 0 ? ROWID_NAMES.find((each) => !has(each)) : undefined;
      found.push({ name, rowid, columns: names });
    }
  }
  const usual = found.filter(({ name }) => USUAL_TABLE.test(name));
  const [table, another] = usual.length > 0 ? usual : found;
  if (!table || another) {
    const message = table
      ? `Several tables have columns username and password, and --table names one: ${table.name}, ${another?.name}`
      : `${wanted === undefined ? 'No table' : `No table ${wanted}`} has columns username and password`;
    throw new CommandFailure('unknown-tables', message);
  }
  if (table.rowid === undefined) {
    const message = `Table ${table.name} is WITHOUT ROWID, so that no row could be told: copy it into an ordinary one`;
    throw new CommandFailure('unknown-tables', message);
  }
  return table;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

/** Whether a column has the numbers that rows have anyway, and tells no id of an account. */
function isRowNumber({ name, type, pk }: Column): boolean {
  if (ROWID_NAMES.includes(name.toLowerCase())) return true;
  return pk === 1 && type.toUpperCase() === 'INTEGER' && !/id$/i.test(name);
}

async function* readTable(
  query: Query,
  { name, rowid, columns }: Table,
): AsyncGenerator<AccountRow> {
  // Under numbers: two of their names may differ in their case alone.
  const read = columns.map((column, index) => `${quoted(column)} AS c${index}`);
  const selected = [`CAST(${rowid} AS TEXT) AS place`, ...read].join();
  const sql = `SELECT ${selected} FROM ${quoted(name)} WHERE ${rowid} > ? ORDER BY ${rowid} LIMIT ?`;
  let done = 0;
  for (let last: unknown = BELOW_ALL; ;) {
    const rows = await query(sql, [last, READ_AT_ONCE]);
    for (const row of rows) {
      done += 1;
      last = row.place;
      const values = columns.map((column, index) => [column, row[`c${index}`]] as const);
      yield { place: `row ${String(row.place)}`, done, ...fieldsOf(values) };
    }
    if (rows.length < READ_AT_ONCE) return;
  }
}

function fieldsOf(
  values: readonly (readonly [column: string, value: unknown])[],
): Pick<AccountRow, 'fields' | 'fault'> {
  const fields: Record<string, unknown> = {};
  try {
    for (const [column, value] of values) {
      if (isPasswordOfAnyFormat(column)) Object.assign(fields, hashFields(column, value));
      else fields[column] = textOf(value);
    }
    return { fields };
  } catch (error) {
    return { fields: undefined, fault: (error as Error).message };
  }
}

/**
 * The parts of a hash of the demo's kind: bytes, or a text of them in the demo's own column, as a text of that length in
 * another one is more likely a hash without a salt. Any other text says what it is.
 */
function hashFields(column: string, password: unknown): Fields {
  const value = textOf(password);
  const bytes = demoBytes(column, value);
  if (bytes?.length !== SALT_BYTES + HASH_BYTES) {
    if (typeof value === 'string' && value !== '') return { [column]: value };
    throw new Error(
      `the password is no text, and not ${SALT_BYTES} bytes of salt and ${HASH_BYTES} of hash`,
    );
  }
  const [salt, hash] = [bytes.subarray(0, SALT_BYTES), bytes.subarray(SALT_BYTES)];
  const texts = { salt: salt.toString('hex'), hash: hash.toString('hex') };
  return { ...texts, iterations: ITERATIONS, salt_is: 'bytes' };
}

function demoBytes(column: string, value: unknown): Buffer | undefined {
  if (Buffer.isBuffer(value)) return value;
  if (typeof value !== 'string' || plainName(column) !== DEMO_COLUMN) return undefined;
  if (/^[0-9a-f]{128}$/i.test(value)) return Buffer.from(value, 'hex');
  return /^[\w+/-]{86}(?:==)?$/.test(value) ? Buffer.from(value, 'base64') : undefined;
}

/** A blob of printable characters is the text that an application meant. */
function textOf(value: unknown): unknown {
  if (!Buffer.isBuffer(value) || !isUtf8(value)) return value;
  const text = value.toString();
  return /^\P{Cc}+$/u.test(text) ? text : value;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
