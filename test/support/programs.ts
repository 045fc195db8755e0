import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../scripts/test-tools.mjs';
import { replaced } from './documents.js';
import { eventually } from './eventually.js';
import { end } from './processes.mjs';
import { temporaryDirectory } from './server.js';

const START_LIMIT_MS = 10_000;

const running = new Set<ChildProcess>();

afterAll(async () => {
  await Promise.all([...running].map((child) => end(child, 'SIGTERM')));
});

/**
 * Runs nginx with a configuration, on a port that it listens on, until the test file ends. It keeps its
 * files in one folder, where the configuration finds its own too.
 */
export async function startNginx(
  configuration: string,
  port: number,
  folder = temporaryDirectory(),
): Promise<void> {
  mkdirSync(join(folder, 'temporary'));
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const folders = kinds.map((kind) => `${kind}_temp_path temporary;`);
  const local = replaced(configuration, {
    'http {': `http {\naccess_log off;\n${folders.join('\n')}`,
  });
  writeFileSync(join(folder, 'nginx.conf'), local);
  // Its workers must reach the folder; they would be nobody if the tests run as root.
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  const globals = `daemon off; pid nginx.pid; ${user}`;
  await start('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr', '-g', globals], port);
}

/** Runs Caddy with a Caddyfile, on a port that it listens on, until the test file ends. */
export async function startCaddy(caddyfile: string, port: number): Promise<void> {
  const directory = temporaryDirectory();
  const file = join(directory, 'Caddyfile');
  writeFileSync(file, `{\n\tadmin off\n\tdefault_bind 127.0.0.1\n}\n${caddyfile}`);
  await start('caddy', ['run', '--adapter', 'caddyfile', '--config', file], port, {
    HOME: directory,
  });
}

async function start(
  program: string,
  words: string[],
  port: number,
  variables: Record<string, string> = {},
): Promise<void> {
  const child = spawn(findProgram(program) ?? program, words, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...variables },
  });
  running.add(child);
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()));
  await eventually(async () => {
    if (child.exitCode !== null) throw new Error(`${program} ended:\n${complaints}`);
    await fetch(`http://127.0.0.1:${port}/`);
  }, START_LIMIT_MS);
}
