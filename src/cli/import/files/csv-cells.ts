/** The first one that makes the most names of the first line: Excel writes semicolons in much of Europe. */
const SEPARATORS = [',', ';', '\t'];

/** The cells of a record. @throws NotCsv */
export type CellsOf = (record: string) => string[];

/** It shows nothing of the record, as the parser's own message would. */
export class NotCsv extends Error {
  /** @param code the parser's, such as `CSV_QUOTE_NOT_CLOSED` */
  constructor(readonly code: string) {
    super(`it is not CSV (${code})`);
  }
}

/**
 * The ways in which a record may be split.
 * @param separator of columns; undefined if the line of names shall tell it
 */
export async function csvWays(separator: string | undefined): Promise<CellsOf[]> {
  const { parse } = await import('csv-parse/sync');
  const separators = separator === undefined ? SEPARATORS : [separator];
  return separators.map((delimiter) => (record) => {
    // Most records, and ten times as fast.
    if (!record.includes('"')) return record.split(delimiter);
    try {
      return parse(record, { delimiter, relax_column_count: true })[0] ?? [];
    } catch (error) {
      throw new NotCsv(String((error as { code?: string }).code));
    }
  });
}

/** Whether a line begins a record that goes on in the next one, as a quote in it is not closed. */
export function isUnfinished(cellsOf: CellsOf, line: string): boolean {
  if (!hasOddQuotes(line)) return false;
  try {
    cellsOf(line);
    return false;
  } catch (error) {
    return error instanceof NotCsv && error.code === 'CSV_QUOTE_NOT_CLOSED';
  }
}

/** Whether a line changes between inside and outside of quotes: those of the text in quotes are doubled. */
export function hasOddQuotes(line: string): boolean {
  let isOdd = false;
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) isOdd = !isOdd;
  return isOdd;
}
