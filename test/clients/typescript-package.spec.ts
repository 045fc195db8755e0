import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { findProgram } from '../../scripts/test-tools.mjs';
import type * as Gatehouse from '../../clients/typescript/src/index.js';
import { freePort } from '../support/processes.mjs';
import { Server } from '../support/server.js';

const ROOT = resolve(__dirname, '../..');
const PACKAGE = resolve(ROOT, 'clients/typescript');

const run = promisify(execFile);

/** The code of the first example in the package's README. */
function example(): string {
  const readme = readFileSync(resolve(PACKAGE, 'README.md'), 'utf8');
  return /```ts\n(.+?)```/s.exec(readme)?.[1] ?? '';
}

describe('The client for TypeScript', () => {
  it('is a package whose example works as it stands', async () => {
    const server = await Server.start();
    await server.client.register({ username: 'miguel', password: 'python' });
    await run('npm', ['run', 'build'], { cwd: PACKAGE });
    const code = example().replace('http://127.0.0.1:3000', server.url);
    expect(code).toContain(server.url);
    const options = { cwd: PACKAGE, encoding: 'utf8' } as const;
    const { stdout } = await run('node', ['--input-type=module', '-e', code], options);
    expect(stdout).toBe('Hello, miguel!\n');
  });

  it('works in a page of another origin', async () => {
    const port = await freePort();
    const page = createServer((_, answer) => {
      answer.setHeader('Content-Type', 'text/html').end('<title>A page</title>');
    }).listen(port, '127.0.0.1');
    await once(page, 'listening');
    const origin = `http://127.0.0.1:${port}`;
    const server = await Server.start({ CORS_ORIGINS: origin, TOKEN_SINGLE_USE: 'true' });
    const { username, password } = await server.client.register();
    const browser = await chromium.launch({
      executablePath: findProgram('chromium')!,
      args: ['--no-sandbox'],
    });
    try {
      const tab = await browser.newPage();
      await tab.goto(origin);
      await tab.addScriptTag({ content: bundled() });
      const names = await tab.evaluate(useInPage, { baseUrl: server.url, username, password });
      expect(names).toEqual(Array(5).fill(username));
    } finally {
      await browser.close();
      page.close();
    }
  });
});

/** The client as a script that a page can load. */
function bundled(): string {
  const esbuild = resolve(ROOT, 'node_modules/.bin/esbuild');
  const options = ['--bundle', '--format=iife', '--global-name=gatehouse'];
  return execFileSync(esbuild, [resolve(PACKAGE, 'src/index.ts'), ...options], {
    encoding: 'utf8',
  });
}

/** Runs in the page, where nothing of this file is known. */
async function useInPage(about: {
  baseUrl: string;
  username: string;
  password: string;
}): Promise<string[]> {
  const { gatehouse } = globalThis as unknown as { gatehouse: typeof Gatehouse };
  const client = gatehouse.createGatehouseClient({ baseUrl: about.baseUrl });
  await client.login(about);
  const reads = [1, 2, 3, 4, 5].map(() => gatehouse.dataOf(client.GET('/user')));
  const names = (await Promise.all(reads)).map(({ user }) => user.username);
  await client.logout();
  return names;
}
