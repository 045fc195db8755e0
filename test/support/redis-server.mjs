import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../scripts/test-tools.mjs';
import { freePort } from './processes.mjs';

const START_LIMIT_MS = 10_000;

async function untilItAnswers(port, child) {
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(30)) {
    if (child.exitCode !== null) break;
    const { stdout } = spawnSync(findProgram('redis-cli'), ['-p', String(port), 'PING']);
    if (String(stdout).includes('PONG')) return;
  }
  throw new Error('The private Redis of the tests does not start');
}

/** Starts a private Redis on loopback that keeps what it acknowledged. */
export async function startRedisServer(settings = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-redis-'));
  const port = await freePort();
  const all = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    databases: 10_000,
    ...settings,
  };
  const args = Object.entries(all).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn(findProgram('redis-server'), args, { stdio: 'ignore' });
  await untilItAnswers(port, child);
  return {
    url: `redis://127.0.0.1:${port}`,
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
