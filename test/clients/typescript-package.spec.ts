import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { findProgram } from '../../scripts/test-tools.mjs';
import type * as Gatehouse from '../../clients/typescript/src/index.js';
import { freePort } from '../support/processes.mjs';
import { Server } from '../support/server.js';

const ROOT = resolve(__dirname, '../..');
const PACKAGE = resolve(ROOT, 'clients/typescript');

const run = promisify(execFile);

/** The code of the first example in the package's README that has these words. */
function example(words: string): string {
  const readme = readFileSync(resolve(PACKAGE, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/```ts\n(.+?)```/gs)].map(([, code]) => code ?? '');
  return examples.find((code) => code.includes(words)) ?? '';
}

describe('The client for TypeScript', () => {
  it('is a package whose example works as it stands', async () => {
    const server = await Server.start();
    await server.client.register({ username: 'miguel', password: 'python' });
    await run('npm', ['run', 'build'], { cwd: PACKAGE });
    const code = example('import ').replace('http://127.0.0.1:3000', server.url);
    expect(code).toContain(server.url);
    const options = { cwd: PACKAGE, encoding: 'utf8' } as const;
    const { stdout } = await run('node', ['--input-type=module', '-e', code], options);
    expect(stdout).toBe('Hello, miguel!\n');
  });

  describe('in pages of another origin', () => {
    let origin: string;
    let page: HttpServer;
    let browser: Browser;

    beforeAll(async () => {
      const port = await freePort();
      page = createServer((_, answer) => {
        answer.setHeader('Content-Type', 'text/html').end('<title>A page</title>');
      }).listen(port, '127.0.0.1');
      await once(page, 'listening');
      origin = `http://127.0.0.1:${port}`;
      browser = await chromium.launch({
        executablePath: findProgram('chromium')!,
        args: ['--no-sandbox'],
      });
    });

    afterAll(async () => {
      await browser.close();
      page.close();
    });

    /** A tab that has the client. */
    async function openTab(context: BrowserContext): Promise<Page> {
      const tab = await context.newPage();
      await tab.goto(origin);
      await tab.addScriptTag({ content: bundled() });
      return tab;
    }

    it('works', async () => {
      const server = await Server.start({ CORS_ORIGINS: origin, TOKEN_SINGLE_USE: 'true' });
      const { username, password } = await server.client.register();
      const tab = await openTab(await browser.newContext());
      const names = await tab.evaluate(useInPage, { baseUrl: server.url, username, password });
      expect(names).toEqual([...Array<string>(5).fill(username), `${username}2`]);
    });

    it('shares a token between tabs as its README says, also with one that hears late', async () => {
      const server = await Server.start({ CORS_ORIGINS: origin, TOKEN_REUSE_INTERVAL: '1' });
      const { token } = await server.client.newSession();
      const context = await browser.newContext();
      const recipe = `
        const { createGatehouseClient } = gatehouse;
        const baseUrl = '${server.url}';
        const showLogin = () => (document.title = 'Log in');
        ${example('localStorage')}`;
      const prompt = await openTab(context);
      await prompt.evaluate(`localStorage.setItem('token', '${token}')`);
      const late = await openTab(context);
      await late.evaluate(
        "addEventListener('storage', (event) => event.stopImmediatePropagation())",
      );
      for (const tab of [prompt, late]) await tab.addScriptTag({ content: recipe });
      const statusOf = (tab: Page) =>
        tab.evaluate<number>("client.GET('/user').then(({ response }) => response.status)");
      const tokenOf = (tab: Page) => tab.evaluate<string>('client.token');
      const renew = async () => {
        await prompt.evaluate('client.renew()');
        await sleep(1_200);
      };

      await renew();
      expect(await tokenOf(late)).toBe(token);
      expect([await statusOf(late), await statusOf(late)]).toEqual([401, 200]);
      expect(await statusOf(prompt)).toBe(200);

      await renew();
      await late.evaluate("document.dispatchEvent(new Event('visibilitychange'))");
      expect(await statusOf(late)).toBe(200);
      expect(await tokenOf(late)).toBe(await tokenOf(prompt));

      await late.evaluate('client.logout()');
      await prompt.waitForFunction('client.token === undefined');
      expect(await late.title()).toBe('A page');
    });
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
  const body = { username: `${about.username}2` };
  await gatehouse.dataOf(client.PUT('/user', { body }));
  names.push((await gatehouse.dataOf(client.GET('/user'))).user.username);
  await client.logout();
  return names;
}
