import type { EntityManager } from 'typeorm';
import { POSTGRES_STATEMENT_MS } from './postgres-limits.js';

/**
 * What every statement of the service counts on, whatever the role and the database say. An advisory lock
 * guards what is read after it only if each statement sees what was committed before it.
 */
const SETTINGS = {
  statement_timeout: String(POSTGRES_STATEMENT_MS),
  idle_in_transaction_session_timeout: String(2 * POSTGRES_STATEMENT_MS),
  default_transaction_isolation: 'read committed',
};

/** Startup parameters of `pg`: they make the settings those of a session, at no cost for a statement. */
export interface StartupParameters {
  readonly statement_timeout?: number | undefined;
  readonly idle_in_transaction_session_timeout?: number | undefined;
  readonly options?: string | undefined;
}

/**
 * @param schema of the tables; undefined: the first that the role's own search_path finds
 * @param routing what a service in front goes by to find the database
 */
export function startupParameters(schema?: string, routing?: string): StartupParameters {
  const searchPath = schema === undefined ? undefined : `-c search_path=${schema}`;
  return {
    statement_timeout: Number(SETTINGS.statement_timeout),
    idle_in_transaction_session_timeout: Number(SETTINGS.idle_in_transaction_session_timeout),
    options: [routing, searchPath].filter(Boolean).join(' ') || undefined,
  };
}

/** Without those that `startupParameters` added; what a service in front goes by stays. */
export function withoutSettings<T extends StartupParameters>(parameters: T): T {
  return {
    ...parameters,
    statement_timeout: undefined,
    idle_in_transaction_session_timeout: undefined,
    options: parameters.options?.replace(/ ?-c search_path=\w+$/, '') || undefined,
  };
}

/**
 * Whether a server, or a pooler in front of it, will not have startup parameters: PgBouncer names one that it
 * does not support (08P01), RDS Proxy calls them a feature that it does not support (0A000).
 */
export function refusesStartupParameters(error: unknown): boolean {
  return ['08P01', '0A000'].includes((error as { code?: string }).code ?? '');
}

/** Whether a session has the settings, so that no transaction has to make them. */
export async function hasSettings(manager: EntityManager, schema?: string): Promise<boolean> {
  const wanted = Object.entries({ ...SETTINGS, ...(schema && { search_path: schema }) });
  const rows: { name: string; setting: string }[] = await manager.query(
    'SELECT name, setting FROM pg_settings WHERE name = ANY ($1)',
    [wanted.map(([name]) => name)],
  );
  const found = new Map(rows.map(({ name, setting }) => [name, setting]));
  return wanted.every(([name, value]) => found.get(name) === value);
}

/**
 * Makes the settings those of the transaction, which has to begin with this: in a pooler's transaction mode
 * the session is another one each time, and whatever is set for a session meets others.
 */
export function transactionSettings(schema?: string): string {
  const { default_transaction_isolation: isolation, ...timeouts } = SETTINGS;
  const settings = {
    ...timeouts,
    transaction_isolation: isolation,
    ...(schema && { search_path: schema }),
  };
  return Object.entries(settings)
    .map(([name, value]) => `SET LOCAL ${name} = '${value}'`)
    .join('; ');
}
