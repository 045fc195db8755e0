/** A row of a file of accounts: its fields, or why they cannot be read. */
export interface AccountRow {
  /** For people, such as `line 3`. */
  readonly place: string;
  /** How much of the file has been read with it, in the units of `total`. */
  readonly done: number;
  readonly fields: Readonly<Record<string, unknown>> | undefined;
  readonly fault?: string;
}

export interface AccountSource {
  /** How much there is to read; undefined if that is not known. */
  readonly total: number | undefined;
  readonly rows: AsyncIterable<AccountRow>;
}

/** Makes the fields of a line. @throws Error with what is wrong with it */
export type LineReader = (line: string) => Record<string, unknown>;
