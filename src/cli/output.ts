import { once } from 'node:events';
import { CommandFailure, EXIT_CODES, toFailure } from './exit-codes.js';

/** What a terminal may take for a command, and what would begin another line. */
const TREACHEROUS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Where commands write: results to standard output, everything else to standard error. */
export class Output {
  /** Whether programs read it: `--json` was given. */
  readonly isJson: boolean;
  /** Writes a line of standard error, if something else is shown there meanwhile. */
  writeProblem: ((line: string) => void) | undefined;

  constructor(argv: readonly string[]) {
    const end = argv.indexOf('--');
    this.isJson = argv.slice(0, end < 0 ? undefined : end).includes('--json');
    process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
      // The reader has seen enough, as `head` does.
      if (code === 'EPIPE') process.exit();
      process.exit(this.failure(new CommandFailure('unwritable', `Cannot write: ${message}`)));
    });
  }

  /** A result: a line for people, an object for programs. Resolves once there is room for more. */
  async result(text: string, object: object): Promise<void> {
    await this.line(this.isJson ? JSON.stringify(object) : text);
  }

  /** A line of standard output. Resolves once there is room for more. */
  async line(text: string): Promise<void> {
    if (!process.stdout.write(`${printable(text)}\n`)) await once(process.stdout, 'drain');
  }

  /** A line for people alone. */
  async heading(text: string): Promise<void> {
    if (!this.isJson) await this.line(text);
  }

  /** A line of standard error: what went wrong, in words, or with more for programs. */
  problem(text: string, object: object): void {
    const line = `${printable(this.isJson ? JSON.stringify(object) : text)}\n`;
    if (this.writeProblem) this.writeProblem(line);
    else process.stderr.write(line);
  }

  /** Tells why the command failed. @returns the exit code */
  failure(cause: unknown): number {
    const failure = toFailure(cause);
    if (!failure) return EXIT_CODES.ok;
    const { code, message, faults, exitCode } = failure;
    const lines = this.isJson ? [message] : message.split('\n');
    const error = { code, message, ...(faults && { faults }), exit_code: exitCode };
    for (const line of lines) this.problem(line, { error });
    return exitCode;
  }
}

function printable(text: string): string {
  return text.replace(TREACHEROUS, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
