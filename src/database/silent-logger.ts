import { AbstractLogger } from 'typeorm';

/** TypeORM writes failed migrations to standard output, in which each line is JSON. All of it is thrown too. */
export class SilentLogger extends AbstractLogger {
  protected writeLog(): void {
    // The caller gets the error.
  }
}
