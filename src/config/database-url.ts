import { parsePostgresUrl, type PostgresAddress } from './postgres-url.js';
import { UrlFault } from './url-fault.js';

/** Where the data lies: a file, or a PostgreSQL. */
export type DatabaseAddress = SqliteAddress | PostgresAddress;

interface SqliteAddress {
  readonly kind: 'sqlite';
  /** The path of the file, absolute or from the working directory. */
  readonly file: string;
}

const FORMS =
  'must be sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE[?sslmode=verify-full]; ' +
  'in user and password write @ / ? # % as %40 %2F %3F %23 %25';

/**
 * Reads a `DATABASE_URL`, and the files of certificates that it names.
 * @throws UrlFault if it is wrong in itself
 */
export function parseDatabaseUrl(value: string): DatabaseAddress {
  if (/^postgres(ql)?:\/\//.test(value)) {
    const address = parsePostgresUrl(value);
    if (!address) throw new UrlFault(FORMS);
    return address;
  }
  const [, scheme = '', path = ''] = /^(sqlite3?|file):(.*)$/s.exec(value) ?? [];
  if (scheme === 'sqlite' && isPlainPath(path)) return { kind: 'sqlite', file: path };
  throw new UrlFault(scheme ? sqliteAdvice(path) : FORMS);
}

/** What is wrong with a `DATABASE_URL`, to follow its name; undefined if it will do. */
export function databaseUrlFault(value: string): string | undefined {
  try {
    parseDatabaseUrl(value);
    return undefined;
  } catch (error) {
    if (error instanceof UrlFault) return error.message;
    throw error;
  }
}

function isPlainPath(path: string): boolean {
  return /^[^?\p{Cc}]*[^?/\p{Cc}]$/u.test(path) && !/^(\/\/|:memory:)/.test(path);
}

/**
 * The right spelling of what other tools write. Three slashes begin a relative path for some of them
 * (SQLAlchemy, Django) and an absolute one for others (sqlx, JDBC), so none is taken.
 */
function sqliteAdvice(path: string): string {
  if (path.includes(':memory:')) {
    return 'must name a file, sqlite:PATH: what is in memory alone ends with the process';
  }
  const [, slashes = '', rest = ''] = /^(\/*)([^?\p{Cc}]*[^?/\p{Cc}])?$/u.exec(path) ?? [];
  if (!rest) return 'must be sqlite: and the path of a file, without parameters';
  if (slashes.length === 3) {
    return `must be sqlite:${rest} for a file in the working directory, or sqlite:/${rest}`;
  }
  return `must be sqlite:${slashes.length === 0 || slashes.length === 2 ? '' : '/'}${rest}`;
}
