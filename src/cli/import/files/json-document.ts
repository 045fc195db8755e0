import { CommandFailure } from '../../exit-codes.js';
import { isObject, type Fields } from '../fields.js';
import type { AccountRow, AccountSource } from './account-source.js';
import type { DecodedLines } from './decoded-lines.js';
import { JoinedLines } from './joined-lines.js';

/** A document is kept in memory as a whole. More accounts than it holds come as JSON lines. */
const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;

/** What the list of accounts is called in a document that is an object. */
const LIST_NAME = 'users';

/**
 * The accounts of a JSON document: a list of objects, an object with a list `users`, or one account.
 * @param begun the lines that have been read of it already
 * @throws CommandFailure if it is too large, no JSON, or has no accounts
 */
export async function jsonDocument(
  begun: readonly string[],
  { lines, bytesOf }: DecodedLines,
): Promise<AccountSource> {
  const document = new JoinedLines();
  let bytes = 0;
  const add = (line: string) => {
    document.add(line);
    bytes += bytesOf(line);
  };
  begun.forEach(add);
  for await (const line of lines) {
    add(line);
    if (bytes > MAX_DOCUMENT_BYTES) break;
  }
  if (bytes > MAX_DOCUMENT_BYTES) {
    const message =
      `The file is one JSON document of more than ${MAX_DOCUMENT_BYTES / 1024 / 1024} MiB: ` +
      'import it in parts, or as JSON lines, an account in each line (jq -c)';
    throw new CommandFailure('too-large', message);
  }
  const { list, beside } = accountsOf(parsed(document.text()));
  return { total: list.length, rows: readList(list), ...(beside && { beside }) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The rest of the parser's message would show some of the document.
    const [where] = /line \d+ column \d+/.exec((error as Error).message) ?? [];
    const message = `The file is neither JSON lines nor a JSON document${where ? `: see ${where}` : ''}`;
    throw new CommandFailure('unreadable-file', message);
  }
}

function accountsOf(document: unknown): { list: readonly unknown[]; beside?: Fields } {
  if (Array.isArray(document)) return { list: document };
  if (!isObject(document) || !(LIST_NAME in document)) return { list: [document] };
  const { [LIST_NAME]: list, ...beside } = document;
  if (Array.isArray(list)) return { list, beside };
  throw new CommandFailure('unknown-format', `The ${LIST_NAME} of the document are no list`);
}

// eslint-disable-next-line @typescript-eslint/require-await -- Rows of other files come one by one.
async function* readList(list: readonly unknown[]): AsyncGenerator<AccountRow> {
  for (const [index, fields] of list.entries()) {
    const row = { place: `entry ${index + 1}`, done: index + 1 };
    yield isObject(fields)
      ? { ...row, fields }
      : { ...row, fields: undefined, fault: 'it is no JSON object' };
  }
}
