import { CommandFailure } from '../../exit-codes.js';

/** What is longer is no line of an account, nor a record of CSV, and would have to be kept in memory. */
export const MAX_LINE_CHARACTERS = 64 * 1024 * 1024;

/** As much as a byte order mark, or the zeros of UTF-16 without one, need to be seen. */
const MARK_BYTES = 2;

/** A text's encoding, as Node names it. */
type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export interface DecodedLines {
  /** Without their ends, and without a byte order mark. */
  readonly lines: AsyncGenerator<string, void, undefined>;
  /** How many bytes of the file a line takes, with an end of one character. */
  readonly bytesOf: (line: string) => number;
}

/** The lines of a text: UTF-8, or UTF-16 as its byte order mark or its zeros tell. */
export async function decodedLines(stream: AsyncIterable<Buffer | string>): Promise<DecodedLines> {
  const chunks = bytesOfAll(stream);
  let head = Buffer.alloc(0);
  while (head.length < MARK_BYTES) {
    const next = await chunks.next();
    if (next.done) break;
    head = Buffer.concat([head, next.value]);
  }
  const encoding = encodingOf(head);
  const unitBytes = encoding === 'utf-8' ? 1 : 2;
  return {
    lines: linesOf(decoded(encoding, head, chunks)),
    bytesOf: (line) => (unitBytes === 1 ? Buffer.byteLength(line) : 2 * line.length) + unitBytes,
  };
}

function encodingOf([first, second]: Buffer): TextEncoding {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  // Files of accounts begin with a character of ASCII.
  if (first === 0 && second !== undefined) return 'utf-16be';
  return second === 0 ? 'utf-16le' : 'utf-8';
}

async function* bytesOfAll(stream: AsyncIterable<Buffer | string>): AsyncGenerator<Buffer, void> {
  for await (const chunk of stream) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}

async function* decoded(
  encoding: TextEncoding,
  head: Buffer,
  rest: AsyncIterable<Buffer>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  yield decoder.decode(head, { stream: true });
  for await (const chunk of rest) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let unfinished = '';
  let endsInReturn = false;
  for await (const piece of pieces) {
    if (piece === '') continue;
    // The second half of a line end whose first half came before.
    const text = endsInReturn && piece.startsWith('\n') ? piece.slice(1) : piece;
    endsInReturn = piece.endsWith('\r');
    const [first = '', ...others] = text.split(/\r\n|\n|\r/);
    unfinished += first;
    for (const line of others) {
      yield unfinished;
      unfinished = line;
    }
    if (unfinished.length > MAX_LINE_CHARACTERS) {
      const message = `A line has more than ${MAX_LINE_CHARACTERS} characters`;
      throw new CommandFailure('unreadable-file', message);
    }
  }
  if (unfinished !== '') yield unfinished;
}
