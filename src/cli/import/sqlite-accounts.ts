import sqlite3 from 'sqlite3';
import { promisify } from 'node:util';
import { CommandFailure } from '../exit-codes.js';
import type { AccountRow, AccountSource } from './account-source.js';

const READ_AT_ONCE = 500;

/** What such a database keeps in its column: a salt, and PBKDF2-HMAC-SHA256 of it and the password. */
const SALT_BYTES = 32;
const HASH_BYTES = 32;
const ITERATIONS = 100_000;

/** What a row's number is called, if no column has the name. */
const ROWID_NAMES = ['rowid', '_rowid_', 'oid'];

/** Below every row: it may be negative, and beyond what a number holds exactly. */
const BELOW_ALL = -1e19;

type Query = (sql: string, parameters?: unknown[]) => Promise<Record<string, unknown>[]>;

/**
 * The accounts of a SQLite file with a table of usernames and passwords, such as Flask applications have.
 * @throws CommandFailure if there is no such table, or more than one, or one without row numbers
 */
export async function sqliteAccounts(file: string): Promise<AccountSource> {
  const database = new sqlite3.Database(file, sqlite3.OPEN_READONLY);
  const query: Query = promisify(database.all.bind(database));
  const table = await findTable(query);
  const [{ total } = {}] = await query(`SELECT count(*) AS total FROM ${quoted(table.name)}`);
  return { total: Number(total), rows: readTable(query, table) };
}

interface Table {
  readonly name: string;
  /** The name of its row numbers; undefined if it has none. */
  readonly rowid: string | undefined;
  readonly hasId: boolean;
}

async function findTable(query: Query): Promise<Table> {
  const tables = await query(
    "SELECT name, wr FROM pragma_table_list WHERE type = 'table' AND schema = 'main' ORDER BY name",
  );
  const found: Table[] = [];
  for (const { name, wr } of tables as { name: string; wr: number }[]) {
    const columns = await query('SELECT lower(name) AS name FROM pragma_table_info(?)', [name]);
    const has = (wanted: string) => columns.some((column) => column.name === wanted);
    if (has('username') && has('password')) {
      const rowid = wr === 0 ? ROWID_NAMES.find((each) => !has(each)) : undefined;
      found.push({ name, rowid, hasId: has('id') });
    }
  }
  const usual = found.filter(({ name }) => /^users?$/i.test(name));
  const [table, another] = usual.length > 0 ? usual : found;
  if (!table || another) {
    const message = table
      ? `Several tables have columns username and password: ${table.name}, ${another?.name}`
      : 'No table has columns username and password';
    throw new CommandFailure('unknown-tables', message);
  }
  if (table.rowid === undefined) {
    const message = `Table ${table.name} is WITHOUT ROWID, so that no row could be told: copy it into an ordinary one`;
    throw new CommandFailure('unknown-tables', message);
  }
  return table;
}

async function* readTable(query: Query, { name, rowid, hasId }: Table): AsyncGenerator<AccountRow> {
  // Each under our name for it: SQLite finds a column in any case, and returns the name as it was declared.
  const ours = ['username', 'password', ...(hasId ? ['id'] : [])].map(
    (each) => `${each} AS ${each}`,
  );
  const columns = [`CAST(${rowid} AS TEXT) AS place`, ...ours].join();
  const sql = `SELECT ${columns} FROM ${quoted(name)} WHERE ${rowid} > ? ORDER BY ${rowid} LIMIT ?`;
  let done = 0;
  for (let last: unknown = BELOW_ALL; ;) {
    const rows = await query(sql, [last, READ_AT_ONCE]);
    for (const { place, username, password, id } of rows) {
      done += 1;
      last = place;
      yield { place: `row ${String(place)}`, done, ...fieldsOf(username, password, id) };
    }
    if (rows.length < READ_AT_ONCE) return;
  }
}

function fieldsOf(
  username: unknown,
  password: unknown,
  id: unknown,
): Pick<AccountRow, 'fields' | 'fault'> {
  const own = { username, ...(id !== undefined && { id }) };
  const bytes = bytesOf(password);
  if (bytes?.length !== SALT_BYTES + HASH_BYTES) {
    const password_hash = textOf(password);
    if (password_hash !== undefined) return { fields: { ...own, password_hash } };
    const fault = `the password is no text, and not ${SALT_BYTES} bytes of salt and ${HASH_BYTES} of hash`;
    return { fields: undefined, fault };
  }
  const [salt, hash] = [bytes.subarray(0, SALT_BYTES), bytes.subarray(SALT_BYTES)];
  const raw = { salt: salt.toString('hex'), salt_is: 'bytes', hash: hash.toString('hex') };
  return { fields: { ...own, ...raw, iterations: ITERATIONS } };
}

/** A text, also as a blob, as Python programs write what bcrypt returns. */
function textOf(password: unknown): string | undefined {
  const text = Buffer.isBuffer(password) ? password.toString('latin1') : password;
  return typeof text === 'string' && /^[ -~]+$/.test(text) ? text : undefined;
}

function bytesOf(password: unknown): Buffer | undefined {
  if (Buffer.isBuffer(password)) return password;
  if (typeof password !== 'string') return undefined;
  if (/^[0-9a-f]{128}$/i.test(password)) return Buffer.from(password, 'hex');
  return /^[\w+/-]{86}(?:==)?$/.test(password) ? Buffer.from(password, 'base64') : undefined;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
