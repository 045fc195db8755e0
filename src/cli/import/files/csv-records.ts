import { CommandFailure } from '../../exit-codes.js';
import { hasOddQuotes } from './csv-cells.js';
import { MAX_LINE_CHARACTERS } from './decoded-lines.js';
import { JoinedLines } from './joined-lines.js';
import type { NumberedLine, NumberedText } from './numbered-lines.js';

/**
 * The next record of CSV: a line, or several if a field in quotes has line breaks (RFC 4180 §2.6).
 * Each becomes a line feed.
 * @param isUnfinished whether a line ends within quotes that began in it
 * @returns undefined at the end of the file
 * @throws CommandFailure if the quotes are never closed. What is below them is then not read as rows: it may be
 *   the text of a field, which some user of the other system wrote
 */
export async function nextRecord(
  lines: AsyncIterator<NumberedLine, void>,
  isUnfinished: (line: string) => boolean,
): Promise<NumberedText | undefined> {
  const next = await lines.next();
  if (next.done) return undefined;
  const first = next.value;
  return isUnfinished(first.text) ? restOf(lines, first) : first;
}

/** All further records. @throws CommandFailure as `nextRecord` does */
export async function* csvRecords(
  lines: AsyncIterator<NumberedLine, void>,
  isUnfinished: (line: string) => boolean,
): AsyncGenerator<NumberedText> {
  try {
    for (;;) {
      const record = await nextRecord(lines, isUnfinished);
      if (!record) return;
      yield record;
    }
  } finally {
    // The file is closed, as a loop over it would do.
    await lines.return?.();
  }
}

async function restOf(
  lines: AsyncIterator<NumberedLine, void>,
  first: NumberedLine,
): Promise<NumberedText> {
  const record = new JoinedLines();
  record.add(first.text);
  let characters = first.text.length;
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    const { text, number, done } = next.value;
    characters += text.length + 1;
    if (characters > MAX_LINE_CHARACTERS) {
      throw notClosed(first, `not closed within ${MAX_LINE_CHARACTERS} characters`);
    }
    record.add(text);
    // The parser judges how: once for a record, however many lines it has.
    if (hasOddQuotes(text)) {
      return { text: record.text(), place: `lines ${first.number} to ${number}`, done };
    }
  }
  throw notClosed(first, 'never closed');
}

function notClosed({ place }: NumberedLine, how: string): CommandFailure {
  const message = `A quote begins in ${place} and is ${how}, so nothing below is read`;
  return new CommandFailure('unreadable-file', message);
}
