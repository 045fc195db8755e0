import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../exit-codes.js';
import type { AccountRow, AccountSource, LineReader } from './account-source.js';
import { csvReader } from './csv-fields.js';

/**
 * The accounts of a text of lines: JSON if the first one is an object, else CSV below a line of names.
 * A line is a row, so that what is wrong with one takes no other with it.
 */
export async function textAccounts(
  stream: Readable,
  total: number | undefined,
): Promise<AccountSource> {
  const lines = createInterface({ input: stream, crlfDelay: Infinity })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new CommandFailure('empty-file', 'The file is empty');
  const line = first.value.replace(/^\uFEFF/, '');
  return line.trimStart().startsWith('{')
    ? { total, rows: readLines(lines, readJson, line) }
    : { total, rows: readLines(lines, await csvReader(line)) };
}

async function* readLines(
  lines: AsyncIterator<string>,
  read: LineReader,
  firstRow?: string,
): AsyncGenerator<AccountRow> {
  let done = 0;
  let number = 1;
  if (firstRow !== undefined) yield rowOf(firstRow, read, number, done);
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    number += 1;
    done += Buffer.byteLength(next.value) + 1;
    if (next.value.trim() !== '') yield rowOf(next.value, read, number, done);
  }
}

function rowOf(line: string, read: LineReader, number: number, done: number): AccountRow {
  const place = `line ${number}`;
  try {
    return { place, done, fields: read(line) };
  } catch (error) {
    return { place, done, fields: undefined, fault: (error as Error).message };
  }
}

function readJson(line: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // The parser's own message would show some of the line.
    throw new Error('it is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Error('it is no JSON object');
  }
  return value as Record<string, unknown>;
}
