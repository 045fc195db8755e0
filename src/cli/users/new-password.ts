import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { decodeUtf8 } from '../../common/utf8.js';
import { UsageError } from '../exit-codes.js';

/**
 * A new password: asked for twice on a terminal, which does not show it, or else the one line of
 * standard input, without its end.
 * @throws UsageError if there is none, the second one differs, or there are more lines
 */
export async function readNewPassword(): Promise<string> {
  const password = process.stdin.isTTY ? await askTwice() : await readAll();
  if (password === '') throw new UsageError('Give the new password on standard input');
  return password;
}

async function readAll(): Promise<string> {
  const password = decode(await buffer(process.stdin)).replace(/\r?\n$/, '');
  if (/[\r\n]/.test(password)) {
    throw new UsageError('Give the new password alone on standard input, in one line');
  }
  return password;
}

function decode(bytes: Buffer): string {
  try {
    return decodeUtf8(bytes).replace(/^\uFEFF/, '');
  } catch {
    throw new UsageError('The password on standard input is not UTF-8');
  }
}

async function askTwice(): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  const lines = terminal[Symbol.asyncIterator]();
  try {
    const password = await ask(lines, 'New password: ');
    if ((await ask(lines, 'Once more: ')) !== password) {
      throw new UsageError('The two passwords differ');
    }
    return password;
  } finally {
    terminal.close();
  }
}

/** @throws UsageError if the question is left by Ctrl-C or Ctrl-D */
async function ask(lines: AsyncIterator<string>, question: string): Promise<string> {
  process.stderr.write(question);
  const line = await lines.next();
  process.stderr.write('\n');
  if (line.done) throw new UsageError('No password was given');
  return line.value;
}
