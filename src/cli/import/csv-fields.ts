import { CommandFailure } from '../exit-codes.js';
import type { LineReader } from './account-source.js';
import { ACCOUNT_FIELDS } from './account-from-fields.js';

/**
 * What reads the rows below a line of column names.
 * @throws CommandFailure if a column is not known or stands twice, or the username has none
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
  const names = columnNames(head, cellsOf);
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

function columnNames(head: string, cellsOf: (line: string) => string[]): string[] {
  try {
    if (head.trim() === '') throw new Error('it is blank');
    const names = cellsOf(head).map((name) => name.trim().toLowerCase());
    requireKnown(names);
    return names;
  } catch (error) {
    const message =
      `The first line is neither a JSON object nor names of columns: ${(error as Error).message}. ` +
      `Columns are ${ACCOUNT_FIELDS.join(', ')}, with commas between them`;
    throw new CommandFailure('unknown-columns', message);
  }
}

/** @throws Error with what is wrong, which shows no part of an account if the first line is one */
function requireKnown(names: string[]): void {
  const isHead = names.some((name) => ACCOUNT_FIELDS.includes(name));
  for (const [index, name] of names.entries()) {
    const shown = isHead ? name : index + 1;
    if (!ACCOUNT_FIELDS.includes(name)) throw new Error(`column ${shown} is not known`);
    if (names.indexOf(name) < index) throw new Error(`column ${shown} stands twice`);
  }
  if (!names.includes('username')) throw new Error('there is no column username');
}
