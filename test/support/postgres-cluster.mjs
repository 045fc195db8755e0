import { execFileSync, spawn } from 'node:child_process';
import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { findProgram } from '../../scripts/test-tools.mjs';
import { end, freePort, hasEnded, unprivileged } from './processes.mjs';

const START_LIMIT_MS = 30_000;

async function untilItAnswers(url, child) {
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(50)) {
    if (hasEnded(child)) break;
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

/** Signals the processes that the server made: one for each connection, and some of its own. */
function signalChildren({ pid }, signal) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of children.split(' ').filter(Boolean)) process.kill(Number(child), signal);
}

/** Starts a private PostgreSQL on loopback, which nothing outlives. */
export async function startPostgresCluster(settings = {}) {
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
  const all = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: folder,
    max_connections: 300,
    fsync: 'off',
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let child;

  const server = {
    url: `postgres://gatehouse@127.0.0.1:${port}/postgres`,
    async start() {
      child = spawn(findProgram('postgres'), ['-D', data, ...args], {
        ...options,
        stdio: 'ignore',
      });
      await untilItAnswers(server.url, child);
    },
    stopAtOnce: () => end(child, 'SIGQUIT'),
    // The server itself first and last: none of its processes comes or goes meanwhile.
    pause() {
      child.kill('SIGSTOP');
      signalChildren(child, 'SIGSTOP');
    },
    resume() {
      signalChildren(child, 'SIGCONT');
      child.kill('SIGCONT');
    },
    async stop() {
      if (!hasEnded(child)) server.resume();
      await end(child, 'SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
