import type { EntityManager } from 'typeorm';
import { POSTGRES_POOL_SIZE } from './postgres-limits.js';

/** The oldest that gets fixes from a vendor; the tests run with a later one. */
const OLDEST_VERSION = 13;

const TABLES = [
  ...['users', 'deleted_users', 'sessions', 'tokens', 'security_events', 'counters'],
  ...['clients', 'client_secrets', 'client_tokens'],
  ...['api_keys', 'changes', 'leases', 'mails', 'email_addresses'],
  ...['factors', 'recovery_codes', 'challenges', 'wrong_codes'],
];

const WRITES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];

interface Server {
  version: number;
  encoding: string;
  client_encoding: string;
  schema: string | null;
}

/**
 * What of a database would make a start, or some later request, fail: one line each.
 * @param schema that the URL names; undefined: any will do
 */
export async function postgresFaults(manager: EntityManager, schema?: string): Promise<string[]> {
  const [server]: [Server] = await manager.query(
    `SELECT current_setting('server_version_num')::int / 10000 AS version,
       current_setting('server_encoding') AS encoding,
       current_setting('client_encoding') AS client_encoding, current_schema() AS schema`,
  );
  const faults = serverFaults(server, schema);
  return server.schema === null ? faults : [...faults, ...(await rightsFaults(manager))];
}

/** What is wrong with the server and the database themselves. */
export function serverFaults(server: Server, schema?: string): string[] {
  const { version, encoding, client_encoding: clientEncoding } = server;
  const faults: string[] = [];
  if (version < OLDEST_VERSION) {
    faults.push(`It is PostgreSQL ${version}: ${OLDEST_VERSION} or later is needed`);
  }
  if (encoding !== 'UTF8') {
    faults.push(
      `Its encoding is ${encoding}, which cannot hold every name: make a database with ENCODING 'UTF8'`,
    );
  }
  if (clientEncoding !== 'UTF8') {
    faults.push(`Its client_encoding is ${clientEncoding}: let the pooler pass on client_encoding`);
  }
  if (server.schema === null || (schema !== undefined && server.schema !== schema)) {
    const place = schema === undefined ? 'Every schema of its search_path' : `The schema ${schema}`;
    faults.push(`${place} is not there, or not open to its user: grant it USAGE and CREATE`);
  }
  return faults;
}

/** What its user may not do with the tables that are there. */
async function rightsFaults(manager: EntityManager): Promise<string[]> {
  const missing: { privilege: string; name: string }[] = await manager.query(
    `SELECT privilege, name FROM (
       SELECT privilege, name FROM unnest($1::text[]) AS name, unnest($2::text[]) AS privilege
       WHERE NOT has_table_privilege(to_regclass(name), privilege)
       UNION ALL
       SELECT 'SELECT', 'migrations' WHERE NOT has_table_privilege(to_regclass('migrations'), 'SELECT')
       UNION ALL
       SELECT privilege, 'users_id_seq' FROM unnest(ARRAY['USAGE', 'SELECT', 'UPDATE']) AS privilege
       WHERE NOT has_sequence_privilege(to_regclass('users_id_seq'), privilege)
     ) AS missing`,
    [TABLES, WRITES],
  );
  const hidden: { name: string }[] = await manager.query(
    'SELECT name FROM unnest($1::text[]) AS name WHERE row_security_active(to_regclass(name))',
    [TABLES],
  );
  const faults: string[] = [];
  if (missing.length > 0) {
    const lacks = missing.map(({ privilege, name }) => `${privilege} on ${name}`).join(', ');
    faults.push(
      `Its user may not write to all tables: make it their owner, or grant it what it lacks (${lacks})`,
    );
  }
  if (hidden.length > 0) {
    const tables = hidden.map(({ name }) => name).join(', ');
    faults.push(`Row-level security hides rows from its user: turn it off for ${tables}`);
  }
  return faults;
}

/** Whether its user, or the database, takes too few connections for one instance. */
export async function connectionFaults(manager: EntityManager): Promise<string[]> {
  const [row]: [{ most: number | null }] = await manager.query(
    `SELECT min(most) AS most FROM (
       SELECT rolconnlimit AS most FROM pg_roles WHERE rolname = current_user AND NOT rolsuper
       UNION ALL
       SELECT datconnlimit FROM pg_database, pg_roles
       WHERE datname = current_database() AND rolname = current_user AND NOT rolsuper
     ) AS limits WHERE most >= 0`,
  );
  if (row.most === null || row.most >= POSTGRES_POOL_SIZE) return [];
  return [
    `It takes ${row.most} connections of its user: each instance makes up to ${POSTGRES_POOL_SIZE}`,
  ];
}

/**
 * What would keep this user from changing the schema that is there.
 * @returns undefined if it may
 */
export async function alterationFault(manager: EntityManager): Promise<string | undefined> {
  const foreign: { name: string; owner: string }[] = await manager.query(
    `SELECT relname AS name, pg_get_userbyid(relowner) AS owner FROM pg_class
     WHERE oid IN (SELECT to_regclass(name) FROM unnest($1::text[]) AS name)
       AND NOT pg_has_role(relowner, 'USAGE')`,
    [[...TABLES, 'migrations']],
  );
  const [first] = foreign;
  if (first) {
    const names = foreign.map(({ name }) => name).join(', ');
    return `its user does not own ${names}: connect as ${first.owner}, or change the owner`;
  }
  const [row]: [{ may: boolean; schema: string }] = await manager.query(
    `SELECT has_schema_privilege(current_schema(), 'CREATE') AS may, current_schema() AS schema`,
  );
  return row.may
    ? undefined
    : `its user may make no tables: GRANT CREATE ON SCHEMA ${row.schema} TO it`;
}
