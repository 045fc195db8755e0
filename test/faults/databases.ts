import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresCluster } from '../support/postgres-cluster.mjs';
import { privatePostgres } from '../support/private-servers.js';
import { setReadOnly } from '../support/read-only.js';
import { temporaryDirectory, type Variables } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

/** Until each connection has heard of a setting. */
const RELOAD_MS = 500;

const STOLEN = "SELECT session_id FROM security_events WHERE type = 'token.reuse_detected'";

/** The database of services, which can take no writes for a while. */
export interface FaultyDatabase {
  /** What the services have to be started with. */
  readonly variables: Variables;
  /** Refuses every write, or takes them again. */
  setReadOnly(isReadOnly: boolean): Promise<void>;
  /** The sessions that were ended because a token of theirs was taken as stolen. */
  stolenSessions(): Promise<string[]>;
}

/** A SQLite file of which another process holds the lock for writing; a service has to make it first. */
export function sqliteDatabase(): FaultyDatabase {
  const path = join(temporaryDirectory(), 'gatehouse.sqlite');
  let file: SqliteFile | undefined;
  return {
    variables: { DATABASE_URL: `sqlite:${path}` },
    async setReadOnly(isReadOnly) {
      file ??= await SqliteFile.open(path);
      await file.query(isReadOnly ? 'BEGIN IMMEDIATE' : 'ROLLBACK');
    },
    async stolenSessions() {
      file ??= await SqliteFile.open(path);
      return sessionsIn(await file.query(STOLEN));
    },
  };
}

/** A PostgreSQL of the test file's own, whose transactions are made read-only. */
export async function postgresDatabase(): Promise<FaultyDatabase & { server: PostgresCluster }> {
  const server = await privatePostgres();
  return {
    server,
    variables: { DATABASE_URL: server.url },
    async setReadOnly(isReadOnly) {
      await setReadOnly(server.url, isReadOnly);
      await sleep(RELOAD_MS);
    },
    async stolenSessions() {
      const client = new pg.Client({ connectionString: server.url });
      await client.connect();
      const { rows } = await client.query(STOLEN);
      await client.end();
      return sessionsIn(rows);
    },
  };
}

function sessionsIn(rows: unknown[]): string[] {
  return (rows as { session_id: string }[]).map(({ session_id }) => session_id);
}
