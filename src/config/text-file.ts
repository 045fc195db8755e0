import { closeSync, lstatSync, openSync, readSync } from 'node:fs';
import { decodeUtf8 } from '../common/utf8.js';
import { reasonOf } from './file-faults.js';

/** Far more than any configuration has; a bundle of all public authorities has a quarter of it. */
const MAX_BYTES = 1_048_576;

/**
 * The text of a small file as editors write it: UTF-8 with or without a byte order mark, or UTF-16 with one.
 * The mark is none of the text. It may also be a pipe, which can be read once.
 * @throws UnreadableFile
 */
export function readTextFile(path: string): string {
  const bytes = readBytes(path);
  if (bytes.length > MAX_BYTES) throw new UnreadableFile(`it is larger than ${MAX_BYTES} bytes`);
  const text = decode(bytes);
  if (text === undefined) {
    throw new UnreadableFile('it is not text in UTF-8, or in UTF-16 with a byte order mark');
  }
  return text;
}

/** Says why in words that show neither the path nor the content: either may be a secret in the wrong place. */
export class UnreadableFile extends Error {
  constructor(
    reason: string,
    /** Whether no one made a file, or a link, of this name. */
    readonly isMissing = false,
  ) {
    super(reason);
    this.name = 'UnreadableFile';
  }
}

/** At most one byte more than is allowed: a device has no end. */
function readBytes(path: string): Buffer {
  const bytes = Buffer.alloc(MAX_BYTES + 1);
  let length = 0;
  try {
    const file = openSync(path, 'r');
    try {
      let count;
      do {
        count = readSync(file, bytes, length, bytes.length - length, null);
        length += count;
      } while (count > 0);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT' && !isLink(path);
    throw new UnreadableFile(reasonOf(error), isMissing);
  }
  return bytes.subarray(0, length);
}

/** A link that leads to no file was meant to lead to one. */
function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Undefined if it is no text. Without a mark, UTF-16 has zero bytes. */
function decode(bytes: Buffer): string | undefined {
  try {
    const text = decoderOf(bytes)(bytes).replace(/^\ufeff/, '');
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function decoderOf([first, second]: Buffer): (bytes: Buffer) => string {
  const utf16 = { 0xfffe: 'utf-16le', 0xfeff: 'utf-16be' }[((first ?? 0) << 8) | (second ?? 0)];
  return utf16 === undefined
    ? decodeUtf8
    : (bytes) => new TextDecoder(utf16, { fatal: true, ignoreBOM: true }).decode(bytes);
}
