import type { DecodedLines } from './decoded-lines.js';

/** A line of a file, or several that are one record. */
export interface NumberedText {
  readonly text: string;
  /** For people, such as `line 3` or `lines 3 to 5`. */
  readonly place: string;
  /** How many bytes of the file have been read with it. */
  readonly done: number;
}

export interface NumberedLine extends NumberedText {
  readonly number: number;
}

/**
 * All lines of a text with their numbers, from 1.
 * @param begun those that have been read of it already
 */
export async function* numberedLines(
  begun: readonly string[],
  { lines, bytesOf }: DecodedLines,
): AsyncGenerator<NumberedLine, void, undefined> {
  let number = 0;
  let done = 0;
  const next = (text: string): NumberedLine => {
    number += 1;
    done += bytesOf(text);
    return { text, number, place: `line ${number}`, done };
  };
  for (const line of begun) yield next(line);
  for await (const line of lines) yield next(line);
}
