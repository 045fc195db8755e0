import { Logger } from '@nestjs/common';
import type { DestinationStream } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';

/** Lines that wait for a reader who is too slow; beyond this they are lost. */
const WAITING_LIMIT_BYTES = 1024 * 1024;

/** How long the end of the process waits for such a reader. */
const FLUSH_LIMIT_MS = 2_000;

/** What JSON lets pass and some readers take for the end of a line, or terminals for a command. */
const TREACHEROUS = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * Standard output as the log's destination. Whatever becomes of its reader, the service goes on: lines
 * that no one takes are lost, and counted in a line once someone reads again. Node's own stream, because it
 * neither blocks on a full pipe nor holds a worker thread.
 */
export class Stdout implements DestinationStream {
  private readonly logger = new Logger('Log');
  private lost = 0;

  /** @param format makes a line of JSON what is written */
  constructor(private readonly format: (line: string) => string = (line) => line) {
    // Without a listener the first write to a closed pipe or a full disk would end the process.
    for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  }

  write(line: string): void {
    if (process.stdout.writableLength > WAITING_LIMIT_BYTES) {
      this.lost += 1;
      return;
    }
    const text = this.format(line).replace(TREACHEROUS, escaped);
    process.stdout.write(text, (error) => {
      if (error) this.lost += 1;
      else if (this.lost > 0) this.reportLost();
    });
  }

  /** Resolves once everything was taken, or after two seconds. */
  static async flush(): Promise<void> {
    const taken = new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
    await Promise.race([taken, sleep(FLUSH_LIMIT_MS, undefined, { ref: false })]);
  }

  private reportLost(): void {
    const { lost } = this;
    this.lost = 0;
    this.logger.warn(`${lost} lines are missing here: standard output did not take them`);
  }
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
