import { ACCOUNT_FIELDS } from './imported-account.js';
import { CommandFailure } from './exit-codes.js';
import type { LineReader } from './text-accounts.js';

/**
 * What reads the rows below a line of column names.
 * @throws CommandFailure where a column is not known, or the username has none
 */
export async function csvReader(head: string): Promise<LineReader> {
  const { parse } = await import('csv-parse/sync');
  const cellsOf = (line: string): string[] => {
    // Most lines, and ten times as fast.
    if (!line.includes('"')) return line.split(',');
    try {
      return parse(line, { relax_column_count: true })[0] ?? [];
    } catch (error) {
      // The parser's own message would show some of the line.
      throw new Error(`it is not CSV (${String((error as { code?: string }).code)})`);
    }
  };
  const names = cellsOf(head).map((name) => name.trim().toLowerCase());
  const unknown = names.find((name) => !ACCOUNT_FIELDS.includes(name));
  if (unknown !== undefined || !names.includes('username')) {
    const fault = unknown === undefined ? 'There is no column username' : `Column ${unknown}?`;
    const message = `${fault}: the first line names the columns, out of ${ACCOUNT_FIELDS.join(', ')}`;
    throw new CommandFailure('unknown-columns', message);
  }
  return (line) => {
    const cells = cellsOf(line);
    if (cells.length !== names.length) {
      throw new Error(`it has ${cells.length} columns, and the first line ${names.length}`);
    }
    // An empty cell is a field that is not there.
    const fields = names.map((name, index) => [name, cells[index]] as const);
    return Object.fromEntries(fields.filter(([, value]) => value !== ''));
  };
}
