import { open as openFile } from 'node:fs/promises';
import { CommandFailure } from '../../exit-codes.js';
import type { AccountRow, AccountSource } from './account-source.js';
import { textAccounts } from './text-accounts.js';

const SQLITE_MAGIC = 'SQLite format 3\0';

/** Standard input. */
export const STDIN = '-';

/**
 * Opens a file of accounts by what is in it: SQLite, JSON, CSV or htpasswd.
 * @param table of a SQLite file; undefined if its columns shall tell it
 * @throws CommandFailure if it cannot be read or is none of these, also from its rows
 */
export async function openAccounts(
  file: string,
  table: string | undefined,
): Promise<AccountSource> {
  try {
    const source = await open(file, table);
    return { ...source, rows: readable(file, source.rows) };
  } catch (error) {
    throw unreadable(file, error);
  }
}

async function open(file: string, table: string | undefined): Promise<AccountSource> {
  if (file === STDIN) return textAccounts(process.stdin, undefined);
  const handle = await openFile(file);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(16), 0, 16, 0);
  if (buffer.toString('latin1', 0, bytesRead) === SQLITE_MAGIC) {
    await handle.close();
    const { sqliteAccounts } = await import('./sqlite-accounts.js');
    return sqliteAccounts(file, table);
  }
  const { size } = await handle.stat();
  return textAccounts(handle.createReadStream({ start: 0 }), size);
}
async function* readable(
  file: string,
  rows: AsyncIterable<AccountRow>,
): AsyncGenerator<AccountRow> {
  try {
    yield* rows;
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  const from = file === STDIN ? 'standard input' : file;
  return new CommandFailure('unreadable-file', `Cannot read ${from}: ${(error as Error).message}`);
}
