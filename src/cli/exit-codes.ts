import { ConfigurationError } from '../config/configuration-error.js';
import { DomainError, type ProblemCode } from '../problems/errors.js';

/** What a command's exit code says. docs/guides/command-line.md explains them. */
export const EXIT_CODES = { ok: 0, failed: 1, usage: 2, configuration: 3, unavailable: 4 } as const;

/** A command that could not do all that it was asked to, with a sentence for the person who asked. */
export class CommandFailure extends Error {
  constructor(
    /** For programs. */
    readonly code: string,
    message: string,
    readonly exitCode: number = EXIT_CODES.failed,
    /** The sentences of the message, if it has several. */
    readonly faults?: readonly string[],
  ) {
    super(message);
  }
}

/** A command that was called in a way that it does not know. */
export class UsageError extends CommandFailure {
  constructor(message: string) {
    super('usage', message, EXIT_CODES.usage);
  }
}

const OUT_OF_REACH: readonly ProblemCode[] = ['service-unavailable', 'overloaded'];

interface CommanderError {
  readonly code: string;
  readonly exitCode: number;
  readonly message: string;
}

/** Any error as the failure of a command; undefined if it was only asked for help or the version. */
export function toFailure(error: unknown): CommandFailure | undefined {
  if (error instanceof CommandFailure) return error;
  if (error instanceof ConfigurationError) {
    const { message, faults } = error;
    return new CommandFailure('configuration', message, EXIT_CODES.configuration, faults);
  }
  if (error instanceof DomainError) {
    const isUnavailable = OUT_OF_REACH.includes(error.code);
    const exitCode = isUnavailable ? EXIT_CODES.unavailable : EXIT_CODES.failed;
    return new CommandFailure(error.code, error.detail, exitCode);
  }
  const { code, message } = error as { code?: unknown; message: string };
  if (typeof code === 'string' && code.startsWith('commander.')) {
    return ofCommander(error as CommanderError);
  }
  return new CommandFailure('internal-error', message);
}

function ofCommander({ code, exitCode, message }: CommanderError): CommandFailure | undefined {
  if (exitCode === EXIT_CODES.ok) return undefined;
  if (code === 'commander.help') return new UsageError('There is no such command');
  const fault = message.replace(/^error: /, '');
  if (code !== 'commander.unknownOption') return new UsageError(fault);
  return new UsageError(`${fault}\nWhat begins with - and is no option stands behind --`);
}
