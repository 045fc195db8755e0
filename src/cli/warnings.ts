import type { LoggerService } from '@nestjs/common';
import type { Output } from './output.js';

/** The service's log as far as the person who runs a command should see it: on standard error, never among results. */
export class Warnings implements LoggerService {
  constructor(private readonly output: Output) {}

  log(): void {
    // The result of the command says what happened.
  }

  warn(message: unknown): void {
    this.tell('warn', message);
  }

  error(message: unknown): void {
    this.tell('error', message);
  }

  private tell(level: string, message: unknown): void {
    if (typeof message === 'string') this.output.problem(message, { level, message });
  }
}
