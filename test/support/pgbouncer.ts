import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { findProgram } from '../../scripts/test-tools.mjs';
import { eventually } from './eventually.js';
import { end, freePort, unprivileged } from './processes.mjs';
// Before the pooler is ended, these files end what is connected to it.
import './postgres.js';
import { temporaryDirectory } from './server.js';

const START_LIMIT_MS = 10_000;

const running = new Set<ChildProcess>();

afterAll(async () => {
  await Promise.all([...running].map((child) => end(child, 'SIGTERM')));
});

/**
 * Runs PgBouncer in transaction mode in front of a database until the test file ends.
 * @returns the URL of the database through it
 */
export async function startPgBouncer(
  database: string,
  settings: Record<string, string | number> = {},
): Promise<string> {
  const { hostname, port, username, password, pathname } = new URL(database);
  const [listenPort, folder] = [await freePort(), temporaryDirectory()];
  const server = { host: hostname, port, user: username, password, dbname: pathname.slice(1) };
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: listenPort,
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: 'transaction',
    default_pool_size: 2,
    ...settings,
  };
  const lines = (values: object, separator: string) =>
    Object.entries(values)
      .map(([name, value]) => (value === '' && separator === ' ' ? '' : `${name}=${String(value)}`))
      .join(separator);
  const configuration = `[databases]\naccounts = ${lines(server, ' ')}\n[pgbouncer]\n${lines(all, '\n')}\n`;
  const url = `postgres://gatehouse@127.0.0.1:${listenPort}/accounts`;
  await runPgBouncer(configuration, url, folder);
  return url;
}

/**
 * Runs PgBouncer with a configuration until the test file ends, in a folder where that finds its other files.
 * @param url of a database that it leads to
 */
export async function runPgBouncer(
  configuration: string,
  url: string,
  folder: string,
): Promise<void> {
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, configuration);
  // It refuses to be root, and has to read its files.
  chmodSync(folder, 0o755);
  const child = spawn(findProgram('pgbouncer') ?? 'pgbouncer', [file], {
    ...unprivileged(),
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  running.add(child);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`PgBouncer ended:\n${complaints}`);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.end();
  }, START_LIMIT_MS);
}
