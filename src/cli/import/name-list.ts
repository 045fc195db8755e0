import { csvWays, NotCsv } from './files/csv-cells.js';

/** What no shell, and no list of names, reads as more than text. */
const PLAIN_NAME = /^[\w.:@%+/-]+$/;

/**
 * Names with commas between them, as in the first line of CSV: one that has a comma stands in double quotes.
 * @throws Error with what is wrong with them
 */
export async function namesOf(list: string): Promise<string[]> {
  const [cellsOf = () => []] = await csvWays(',');
  try {
    return cellsOf(list).map((name) => name.trim());
  } catch (error) {
    if (!(error instanceof NotCsv)) throw error;
    throw new Error('must be names with commas between, and double quotes around one with a comma');
  }
}

/** A list that `namesOf` reads, as it is typed in a shell. */
export function typedList(names: readonly string[]): string {
  if (names.every((name) => PLAIN_NAME.test(name))) return names.join(',');
  return `'${names.map(quotedIfNeeded).join(',').replaceAll("'", "'\\''")}'`;
}

function quotedIfNeeded(name: string): string {
  // Spaces make no difference in a name of a field.
  const inOneLine = name.replace(/\s+/g, ' ');
  return /[",]/.test(name) ? `"${inOneLine.replaceAll('"', '""')}"` : inOneLine;
}
