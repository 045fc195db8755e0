import { CommandFailure } from '../exit-codes.js';
import { AccountReader } from './account-reader.js';
import { plainName, type Fields } from './fields.js';
import type { AccountRow, AccountSource } from './files/account-source.js';
import type { AccountFormat, FormatSettings } from './formats/format.js';
import { chooseFormat, shown } from './formats/formats.js';
import { usualNames } from './formats/usual-names.js';
import { typedList } from './name-list.js';

/** Of so many rows the first one that can be read tells the format of all. */
const ROWS_OF_HEAD = 100;

/** More are not told one by one, so that a message fits on a screen. */
const MAX_TYPED_NAMES = 10;

export interface ImportChoices {
  /** The name of the format; undefined if it is to be found. */
  readonly from: string | undefined;
  /** The names of fields to leave out. */
  readonly ignored: readonly string[];
  /** Whether accounts have the ids that the file gives them. */
  readonly keepsIds: boolean;
  readonly settings: FormatSettings;
}

export interface OpenImport {
  readonly format: AccountFormat;
  readonly reader: AccountReader;
  readonly total: number | undefined;
  readonly rows: AsyncIterable<AccountRow>;
}

/**
 * Finds out how the accounts of a file are to be read, before any is imported.
 * @throws CommandFailure with one message, if that is not clear, or if something would be lost
 */
export async function openImport(
  source: AccountSource,
  { from, ignored, keepsIds, settings }: ImportChoices,
): Promise<OpenImport> {
  const { columns, beside = {}, total } = source;
  const { first, rows } = await withHead(source.rows);
  const names = columns?.names ?? Object.keys(first ?? {});
  const isEmpty = names.length === 0 && from === undefined;
  const format = isEmpty ? usualNames : chooseFormat([...names, ...Object.keys(beside)], from);
  if (format.beside !== 'anything') requireNothing(beside, ignored);
  const allSettings = format.settingsOf?.(beside, settings) ?? settings;
  const reader = new AccountReader(format, allSettings, ignored, keepsIds);
  if (columns) requireKnown(reader, columns.where, 'column', columns.names);
  else if (first) requireKnown(reader, 'The first account', 'field', reader.namesOf(first));
  return { format, reader, total, rows };
}

/** All rows, and the fields of the first one that has some. */
async function withHead(
  rows: AsyncIterable<AccountRow>,
): Promise<{ first: Fields | undefined; rows: AsyncIterable<AccountRow> }> {
  const iterator = rows[Symbol.asyncIterator]();
  const head: AccountRow[] = [];
  while (head.length < ROWS_OF_HEAD && head.at(-1)?.fields === undefined) {
    const next = await iterator.next();
    if (next.done) break;
    head.push(next.value);
  }
  async function* all(): AsyncGenerator<AccountRow> {
    yield* head;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { first: head.at(-1)?.fields, rows: all() };
}

function requireNothing(beside: Fields, ignored: readonly string[]): void {
  const plainIgnored = ignored.map(plainName);
  const unknown = Object.keys(beside).filter((name) => !plainIgnored.includes(plainName(name)));
  if (unknown.length === 0) return;
  const message =
    `Beside its users the document has what is not known here: ${shown(unknown)}. ` +
    `${ignoring(unknown)} leaves it out, and --from says what wrote the file`;
  throw new CommandFailure('unknown-fields', message);
}

function requireKnown(
  reader: AccountReader,
  where: string,
  noun: 'column' | 'field',
  names: readonly string[],
): void {
  const fail = (fault: string) => {
    throw new CommandFailure(`unknown-${noun}s`, `${where} does not fit: ${fault}`);
  };
  const unknown = reader.unknownAmong(names);
  if (unknown.length > 0) {
    const are =
      unknown.length === 1 ? `${noun} ${shown(unknown)} is` : `${noun}s ${shown(unknown)} are`;
    const advice = `${ignoring(unknown)} leaves out what is not needed`;
    fail(`${are} not known. ${advice}, and --from says what wrote the file`);
  }
  const twice = reader.twiceAmong(names);
  if (twice) {
    fail(`${noun}s ${twice.join(' and ')} tell the same. ${ignoring([twice[1]])} leaves one out`);
  }
  if (noun === 'column' && !reader.hasUsername(names)) {
    fail('there is no column username. Rename the one that has the names of the accounts');
  }
}

/** The option as it may be typed; of many names it has the form alone. */
function ignoring(names: readonly string[]): string {
  return `--ignore ${names.length <= MAX_TYPED_NAMES ? typedList(names) : 'NAME,NAME,…'}`;
}
