import { CommandFailure } from '../../exit-codes.js';
import { isObject, type Fields } from '../fields.js';
import type { AccountRow, AccountSource, LineReader } from './account-source.js';
import { csvWays, isUnfinished } from './csv-cells.js';
import { csvReader } from './csv-fields.js';
import { csvRecords, nextRecord } from './csv-records.js';
import { decodedLines, type DecodedLines } from './decoded-lines.js';
import { isHtpasswdLine, readHtpasswd } from './htpasswd-fields.js';
import { jsonDocument } from './json-document.js';
import { numberedLines, type NumberedLine, type NumberedText } from './numbered-lines.js';

/** Excel's own way to say which character separates. */
const SEPARATOR_LINE = /^sep=(.)$/i;

/**
 * The accounts of a text: JSON if it begins with a bracket, htpasswd's lines of a name, a colon and a
 * hash, else CSV below a line of names. A line is a row, or several lines are if a field of CSV has line breaks,
 * so that what is wrong with one takes no other with it; a JSON document is read as a whole.
 * @throws CommandFailure if it is empty or none of these
 */
export async function textAccounts(
  stream: AsyncIterable<Buffer | string>,
  total: number | undefined,
): Promise<AccountSource> {
  const text = await decodedLines(stream);
  const begun = await firstLines(text);
  const [first] = begun;
  if (first === undefined) throw new CommandFailure('empty-file', 'The file is empty');
  if (isDocument(begun)) return jsonDocument(begun, text);
  const lines = numberedLines(begun, text);
  if (first.trimStart().startsWith('{')) return { total, rows: rowsOf(lines, readJson) };
  if (isHtpasswdLine(first)) return { total, rows: rowsOf(lines, readHtpasswd) };
  return { total, ...(await csvAccounts(first, lines)) };
}

async function csvAccounts(
  first: string,
  lines: AsyncGenerator<NumberedLine, void, undefined>,
): Promise<Pick<AccountSource, 'rows' | 'columns'>> {
  const [, separator] = SEPARATOR_LINE.exec(first) ?? [];
  if (separator !== undefined) await lines.next();
  const ways = await csvWays(separator);
  const head = await nextRecord(lines, (line) => ways.some((way) => isUnfinished(way, line)));
  const reader = await csvReader(head?.text ?? '', separator);
  return {
    rows: rowsOf(csvRecords(lines, reader.isUnfinished), reader.read),
    columns: { where: 'The first line', names: reader.names },
  };
}

/** The first line, and the next one that is not blank: they tell what the text is. */
async function firstLines({ lines }: DecodedLines): Promise<string[]> {
  const begun: string[] = [];
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    begun.push(next.value);
    if (begun.length > 1 && next.value.trim() !== '') break;
  }
  return begun;
}

/** Whether the text is one JSON value, and not one in each line. */
function isDocument([first = '', ...others]: readonly string[]): boolean {
  const start = first.trimStart();
  if (start.startsWith('[')) return true;
  if (!start.startsWith('{')) return false;
  const value = jsonOf(first);
  if (isObject(value)) return Array.isArray(value.users);
  const second = others.at(-1);
  return second !== undefined && jsonOf(second) === undefined;
}

async function* rowsOf(
  texts: AsyncIterable<NumberedText>,
  read: LineReader,
): AsyncGenerator<AccountRow> {
  for await (const { text, place, done } of texts) {
    if (text.trim() === '') continue;
    try {
      requireDecoded(text);
      yield { place, done, fields: read(text) };
    } catch (error) {
      yield { place, done, fields: undefined, fault: (error as Error).message };
    }
  }
}

/** The decoder writes U+FFFD for each byte that is no text. In a salt, that would be a hash that no password has. */
function requireDecoded(line: string): void {
  if (line.includes('\ufffd')) throw new Error('it is not UTF-8: save the file as UTF-8');
}

function readJson(line: string): Fields {
  const value = jsonOf(line);
  // The parser's own message would show some of the line.
  if (value === undefined) throw new Error('it is not JSON');
  if (!isObject(value)) throw new Error('it is no JSON object');
  return value;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
