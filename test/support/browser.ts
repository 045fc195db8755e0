import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { findProgram } from '../../scripts/test-tools.mjs';

/** What a browser says of the errors that tests provoke; a missing file is none of them. */
const PROVOKED =
  /^Failed to load resource: (.* status of (400|401|409|429|503)|net::ERR_CONNECTION_REFUSED)/;

/** Where pictures of the pages go, if somebody wants them: see `npm run screenshots`. */
const PICTURES = process.env.PICTURES;

/** Where a service listens that is in a picture: as everybody's does. */
export const picturePort = PICTURES ? 3000 : undefined;

let browser: Browser | undefined;
/** Whatever a page did that it must not. */
let faults: string[] = [];

afterEach(async () => {
  await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
  const found = faults;
  faults = [];
  expect(found).toEqual([]);
});

afterAll(async () => {
  await browser?.close();
});

/**
 * A page of a browser that has no past, open at an address. The test fails if a script of it does, it
 * asks anybody but the service, or it breaks its policy.
 */
export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  browser ??= await chromium.launch({
    executablePath: findProgram('chromium')!,
    args: ['--disable-gpu', '--disable-quic'],
  });
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`error: ${error.stack}`));
  page.on('console', (message) => {
    if (message.type() !== 'error' || PROVOKED.test(message.text())) return;
    faults.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== 'data:' && origin !== new URL(url).origin) faults.push(request.url());
  });
  await page.addInitScript(`addEventListener('securitypolicyviolation', (event) => {
    console.error('policy', event.violatedDirective, event.blockedURI);
  })`);
  await page.goto(url);
  return page;
}

/** The value of an expression in the page. */
export function inPage<T>(page: Page, expression: string): Promise<T> {
  return page.evaluate<T>(expression);
}

/** Takes a picture of what the page shows, if somebody wants pictures. */
export async function takePicture(page: Page, name: string): Promise<void> {
  if (!PICTURES) return;
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
}
