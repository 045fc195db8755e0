import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join, resolve } from 'node:path';
import { eventually } from './eventually.js';
import { NODE_UNDER_TEST } from './node-under-test.js';
import { end } from './processes.mjs';

const ROOT = resolve(__dirname, '../..');
const START_LIMIT_MS = 20_000;

/** Whether this user may boot a systemd here: as root, on a kernel that lets it. */
export const canBootSystemd =
  spawnSync('unshare', ['--mount', '--pid', '--fork', '--cgroup', '--mount-proc', 'true'])
    .status === 0;

const running = new Set<ChildProcess>();

afterAll(async () => {
  await Promise.all([...running].map((child) => end(child, 'SIGTERM')));
});

/**
 * Boots systemd with no units but those that are put into its `/etc/systemd/system`, until the test file
 * ends. The repository is its `/srv/gatehouse`.
 * @returns the words before a command that run it there
 */
export async function bootSystemd(): Promise<string[]> {
  const words = [join(__dirname, 'systemd.sh'), ROOT, NODE_UNDER_TEST];
  const child = spawn('unshare', ['--mount', 'bash', ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let pid = '';
  child.stdout.on('data', (chunk: Buffer) => (pid += chunk.toString()));
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  const inside = () => ['nsenter', '--target', pid.trim(), '--mount', '--pid'];
  await eventually(() => {
    if (child.exitCode !== null) throw new Error(`systemd ended:\n${complaints}`);
    const question = ['systemctl', 'is-active', 'multi-user.target'];
    const { stdout } = spawnSync('env', [...inside(), ...question], { encoding: 'utf8' });
    if (stdout !== 'active\n') throw new Error(`systemd does not start:\n${complaints}`);
  }, START_LIMIT_MS);
  return inside();
}
