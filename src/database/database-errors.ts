import { DomainError } from '../common/errors.js';

interface DriverError {
  code?: string;
  message?: string;
}

/** SQLite's result codes that mean "not now" or "not on this disk" (https://sqlite.org/rescode.html). */
const SQLITE_UNAVAILABLE =
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PERM|NOMEM|PROTOCOL|MISUSE)/;

const SQLITE_BUSY = /^SQLITE_(BUSY|LOCKED)/;

function driverErrorOf(error: unknown): DriverError {
  const { driverError } = (error ?? {}) as { driverError?: DriverError };
  return driverError ?? error ?? {};
}

/** Whether another process holds the lock of the SQLite file. */
export function isBusy(error: unknown): boolean {
  return SQLITE_BUSY.test(driverErrorOf(error).code ?? '');
}

/** Whether a unique index refused the write. */
export function isDuplicateKey(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  return code === 'SQLITE_CONSTRAINT' && /UNIQUE/.test(message ?? '');
}

/** A database that cannot answer as a 503, with the driver's words as private cause; others as they are. */
export function toDatabaseError(error: unknown): unknown {
  const { code } = driverErrorOf(error);
  return SQLITE_UNAVAILABLE.test(code ?? '') ? databaseUnavailable(error) : error;
}

export function databaseUnavailable(cause: unknown): DomainError {
  return new DomainError('service-unavailable', {
    detail: 'The database cannot answer right now: try again shortly',
    cause,
  });
}
