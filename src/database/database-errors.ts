import { DomainError, isUnavailable } from '../problems/errors.js';

interface DriverError {
  code?: string;
  message?: string;
}

/** SQLite's result codes that mean "not now" or "not on this disk" (https://sqlite.org/rescode.html). */
const SQLITE_UNAVAILABLE =
  /^SQLITE_(BUSY|LOCKED|FULL|IOERR|READONLY|CANTOPEN|PERM|NOMEM|PROTOCOL|MISUSE)/;

const SQLITE_BUSY = /^SQLITE_(BUSY|LOCKED)/;

/**
 * PostgreSQL's classes and codes of the same kind (PostgreSQL documentation, appendix A): connections,
 * transactions undone, resources, read-only servers, locks, interventions, system errors, log-in, rights that
 * were taken away, and an encoding that cannot hold what UTF-8 can.
 */
const POSTGRES_UNAVAILABLE =
  /^(08|40|53|55|57|58|28)[0-9A-Z]{3}$|^25(006|P03)$|^3D000$|^42501$|^22(021|P05)$/;

/** Those of both that last until somebody changes a setting: log-in, database, protocol, rights. */
const REFUSED = /^28[0-9A-Z]{3}$|^3D000$|^08P01$|^42501$|^SQLITE_(CANTOPEN|PERM|READONLY)/;

const POSTGRES_SERIALIZATION_FAILURE = /^40(001|P01)$/;

const NETWORK_UNAVAILABLE =
  /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ENOENT)$/;

/**
 * What pg and TypeORM say without a code when a connection is lost, also between two statements of a
 * transaction, or none is to be had.
 */
const CONNECTION_LOST =
  /Connection terminated|timeout exceeded when trying to connect|connection error|Driver not Connected|pool after calling end|Connection is not established|already released/i;

function driverErrorOf(error: unknown): DriverError {
  const { driverError } = (error ?? {}) as { driverError?: DriverError };
  return driverError ?? error ?? {};
}

/** Whether another process holds the lock of the SQLite file. */
export function isBusy(error: unknown): boolean {
  return SQLITE_BUSY.test(driverErrorOf(error).code ?? '');
}

/** Whether PostgreSQL undid a transaction because of another, so that it may be run again. */
export function isSerializationFailure(error: unknown): boolean {
  return POSTGRES_SERIALIZATION_FAILURE.test(driverErrorOf(error).code ?? '');
}

/** Whether a unique index refused the write. */
export function isDuplicateKey(error: unknown): boolean {
  const { code, message } = driverErrorOf(error);
  return code === '23505' || (code === 'SQLITE_CONSTRAINT' && /UNIQUE/.test(message ?? ''));
}

/** A database that cannot answer as a 503, with the driver's words as private cause; others as they are. */
export function toDatabaseError(error: unknown): unknown {
  const { code = '', message = '' } = driverErrorOf(error);
  const isOutage =
    [SQLITE_UNAVAILABLE, POSTGRES_UNAVAILABLE, NETWORK_UNAVAILABLE].some((codes) =>
      codes.test(code),
    ) || CONNECTION_LOST.test(message);
  return isOutage ? databaseUnavailable(error) : error;
}

/** Whether a database that could not be opened did not answer, rather than refused what is configured. */
export function isUnreachable(error: unknown): boolean {
  const isRefused = REFUSED.test(driverErrorOf(error).code ?? '');
  return !isRefused && isUnavailable(toDatabaseError(error));
}

export function databaseUnavailable(cause: unknown): DomainError {
  return new DomainError('service-unavailable', {
    detail: 'The database cannot answer right now: try again shortly',
    cause,
  });
}
