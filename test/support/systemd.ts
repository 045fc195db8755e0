import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { eventually } from './eventually.js';
import { NODE_UNDER_TEST } from './node-under-test.js';
import { end } from './processes.mjs';
import { temporaryDirectory } from './server.js';

const ROOT = resolve(__dirname, '../..');
const START_LIMIT_MS = 20_000;

/** Whether this user, here, may boot a systemd. */
export const canBootSystemd =
  spawnSync('unshare', ['--mount', '--pid', '--fork', '--cgroup', 'true']).status === 0;

const running = new Set<ChildProcess>();

afterAll(async () => {
  await Promise.all([...running].map((child) => end(child, 'SIGKILL')));
});
