import { CommandFailure } from '../../exit-codes.js';
import {
  isNameOfAnyFormat,
  isPasswordOfAnyFormat,
  isUsernameOfAnyFormat,
  USUAL_FIELDS,
} from '../formats/formats.js';
import { plainName } from '../fields.js';
import type { LineReader } from './account-source.js';
import { csvWays, isUnfinished, type CellsOf } from './csv-cells.js';

/** What is not there, in a dump of PostgreSQL or MySQL. */
const DUMPED_NULL = '\\N';

export interface CsvReader {
  readonly names: readonly string[];
  /** Reads a record. */
  readonly read: LineReader;
  /** Whether a line begins a record that goes on in the next one. */
  readonly isUnfinished: (line: string) => boolean;
}

/**
 * What reads the records below the names of columns.
 * @param separator of columns; undefined if the names shall tell it
 * @throws CommandFailure if these are no names, one stands twice, or the username has none
 */
export async function csvReader(head: string, separator?: string): Promise<CsvReader> {
  const { names, cellsOf } = columnsOf(head, await csvWays(separator));
  const read: LineReader = (line) => {
    const cells = cellsOf(line);
    if (cells.length !== names.length) {
      throw new Error(`it has ${cells.length} columns, and the first line ${names.length}`);
    }
    return Object.fromEntries(names.map((name, index) => [name, valueOf(cells[index])]));
  };
  return { names, read, isUnfinished: (line) => isUnfinished(cellsOf, line) };
}

/** An empty cell is a field without a value. */
function valueOf(cell: string | undefined): string | undefined {
  return cell === '' || cell === DUMPED_NULL ? undefined : cell;
}

function columnsOf(
  head: string,
  ways: readonly CellsOf[],
): { names: readonly string[]; cellsOf: CellsOf } {
  try {
    if (head.trim() === '') throw new Error('it is blank');
    const best = bestOf(head, ways);
    requireNames(best.names);
    return best;
  } catch (error) {
    const message =
      `The first line is neither a JSON object nor names of columns: ${(error as Error).message}. ` +
      `Columns are ${USUAL_FIELDS.join(', ')}, with commas, semicolons or tabs between them`;
    throw new CommandFailure('unknown-columns', message);
  }
}

/** The names that a line has by the way in which it has the most known ones. @throws Error if it has none */
function bestOf(head: string, ways: readonly CellsOf[]) {
  const faults: unknown[] = [];
  const found = ways.flatMap((cellsOf) => {
    try {
      const names = cellsOf(head).map((name) => name.trim());
      return { names, cellsOf, known: names.filter(isNameOfAnyFormat).length };
    } catch (error) {
      faults.push(error);
      return [];
    }
  });
  if (found.length === 0) throw faults[0];
  return found.reduce((most, each) => (each.known > most.known ? each : most));
}

/** @throws Error with what is wrong, which shows no part of an account if the first line is one */
function requireNames(names: readonly string[]): void {
  const isHead = names.some((name) => isUsernameOfAnyFormat(name) || isPasswordOfAnyFormat(name));
  if (!isHead) throw new Error('column 1 is not known');
  const plainNames = names.map(plainName);
  const twice = names.find((_, index) => plainNames.indexOf(plainNames[index] ?? '') < index);
  if (twice !== undefined) throw new Error(`column ${twice.toLowerCase()} stands twice`);
}
