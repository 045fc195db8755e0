import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findProgram } from '../../scripts/test-tools.mjs';
import { freePort, unprivileged } from './processes.mjs';

const START_LIMIT_MS = 30_000;

async function untilItAnswers(url, child) {
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) break;
    const client = new pg.Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      // Not yet.
    }
  }
  throw new Error('The private PostgreSQL of the tests does not start');
}

/** Starts a private PostgreSQL on loopback, which nothing outlives. */
export async function startPostgresCluster() {
  const user = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-postgres-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder };
  execFileSync(
    findProgram('initdb'),
    ['--pgdata', data, '--username', 'gatehouse', '--auth', 'trust', '--no-sync', '-E', 'UTF8'],
    { ...options, stdio: 'ignore' },
  );
  const port = await freePort();
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: 300,
    fsync: 'off',
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(findProgram('postgres'), ['-D', data, ...args], {
    ...options,
    stdio: 'ignore',
  });
  const url = `postgres://gatehouse@127.0.0.1:${port}/postgres`;
  await untilItAnswers(url, child);
  return {
    url,
    async stop() {
      child.kill('SIGINT');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
