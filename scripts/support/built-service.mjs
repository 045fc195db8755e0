import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../test/support/processes.mjs';

const START_LIMIT_MS = 60_000;

/** Starts the built service in a process of its own; resolves once it is ready. */
export async function startService(folder, variables = {}) {
  const port = await freePort();
  const child = spawn(process.execPath, [resolve('dist/main.js')], {
    cwd: folder,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, PORT: String(port), ...variables },
  });
  const deadlineMs = performance.now() + START_LIMIT_MS;
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    fetch(`${url}/health/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error('The service ended at its start');
    if (performance.now() > deadlineMs) {
      child.kill('SIGKILL');
      throw new Error('The service does not become ready');
    }
    await sleep(50);
  }
  return { child, url };
}

export function postJson(url, body, headers = {}) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
}
