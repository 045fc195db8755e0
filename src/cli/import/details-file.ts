import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { CommandFailure } from '../exit-codes.js';

/** A file of JSON lines that only its owner can read, and that was not there before. */
export class DetailsFile {
  private constructor(
    private readonly path: string,
    private readonly stream: WriteStream,
  ) {}

  /** @throws CommandFailure if there is such a file already, or it cannot be made */
  static async create(path: string): Promise<DetailsFile> {
    const stream = createWriteStream(path, { flags: 'wx', mode: 0o600 });
    try {
      await once(stream, 'open');
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      throw code === 'EEXIST'
        ? new CommandFailure('report-exists', `${path} is there already: name another file`)
        : unwritable(path, message);
    }
    // Told when the next line is written, or at the end.
    stream.on('error', () => undefined);
    return new DetailsFile(path, stream);
  }

  /** Resolves once there is room for more. @throws CommandFailure if it cannot be written */
  async add(line: object): Promise<void> {
    if (this.stream.errored) throw unwritable(this.path, this.stream.errored.message);
    if (this.stream.write(`${JSON.stringify(line)}\n`)) return;
    await once(this.stream, 'drain').catch((error: unknown) => {
      throw unwritable(this.path, (error as Error).message);
    });
  }

  /** @throws CommandFailure if not all of it could be written */
  async close(): Promise<void> {
    try {
      this.stream.end();
      await finished(this.stream);
    } catch (error) {
      throw unwritable(this.path, (error as Error).message);
    }
  }
}

function unwritable(path: string, reason: string): CommandFailure {
  return new CommandFailure('unwritable', `Cannot write ${path}: ${reason}`);
}
