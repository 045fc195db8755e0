import type { Fields } from '../fields.js';

/** A row of a file of accounts: its fields under the names of the file, or why they cannot be read. */
export interface AccountRow {
  /** For people, such as `line 3`. */
  readonly place: string;
  /** How much of the file has been read with it, in the units of `total`. */
  readonly done: number;
  readonly fields: Fields | undefined;
  readonly fault?: string;
}

/** A file of accounts, whatever system wrote it. */
export interface AccountSource {
  /** How much there is to read; undefined if that is not known. */
  readonly total: number | undefined;
  readonly rows: AsyncIterable<AccountRow>;
  /** The names that all rows have in common: those of columns. Undefined if each row has its own. */
  readonly columns?: Columns;
  /** What stands beside the accounts in a document. */
  readonly beside?: Fields;
}

interface Columns {
  /** Where they stand, for people. */
  readonly where: string;
  readonly names: readonly string[];
}

/** Makes the fields of a line. @throws Error with what is wrong with it */
export type LineReader = (line: string) => Fields;
