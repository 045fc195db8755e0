import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { findProgram } from '../../scripts/test-tools.mjs';
import { end, freePort, hasEnded } from './processes.mjs';

const START_LIMIT_MS = 10_000;

const run = promisify(execFile);

async function untilItAnswers(port, child) {
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(30)) {
    if (hasEnded(child)) break;
    const { stdout } = spawnSync(findProgram('redis-cli'), ['-p', String(port), 'PING']);
    if (String(stdout).includes('PONG')) return;
  }
  throw new Error('The private Redis of the tests does not start');
}

/** Starts a private Redis on loopback that keeps what it acknowledged, unless the settings differ. */
export async function startRedisServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
  const dir = join(folder, 'data');
  const snapshot = join(folder, 'snapshot');
  const { port = await freePort() } = settings;
  const all = {
    port,
    bind: '127.0.0.1',
    dir,
    save: '',
    appendonly: 'yes',
    // `everysec` holds writes back while the disk is slow, and a killed server loses them.
    appendfsync: 'no',
    databases: 10_000,
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
  let child;

  const server = {
    url: `redis://127.0.0.1:${port}`,
    port,
    async cli(...words) {
      const { stdout } = await run(findProgram('redis-cli'), ['-p', String(port), ...words]);
      return stdout.trim();
    },
    async start() {
      mkdirSync(dir, { recursive: true });
      child = spawn(findProgram('redis-server'), args, { stdio: 'ignore' });
      await untilItAnswers(port, child);
    },
    kill: () => end(child, 'SIGKILL'),
    loseData: () => rmSync(dir, { recursive: true }),
    takeSnapshot() {
      rmSync(snapshot, { recursive: true, force: true });
      cpSync(dir, snapshot, { recursive: true });
    },
    returnToSnapshot() {
      server.loseData();
      cpSync(snapshot, dir, { recursive: true });
    },
    pause: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
    async stop() {
      await end(child, 'SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await server.start();
  return server;
}
