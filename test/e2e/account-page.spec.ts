import type { Client } from '../support/client.js';
import { Server } from '../support/server.js';

const FILES = [
  'account.css',
  'account.js',
  'address.js',
  'api.js',
  'factors.js',
  'form.js',
  'icon.svg',
  'links.js',
  'lists.js',
  'login.js',
  'once.js',
  'proof.js',
  'qr.js',
  'recovery.js',
  'screen.js',
  'uqr.js',
  'words.js',
];
const PATHS = ['/account', ...FILES.map((name) => `/account/${name}`)];

describe('The account page', () => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await Server.start());
  });

  it('has nothing but its own files in it, by addresses that stay below PUBLIC_URL', async () => {
    const texts = await Promise.all(PATHS.map(async (path) => (await client.get(path)).text));
    const links = texts.flatMap((text) => [
      ...text.matchAll(/(?:src=|href=|from |import\()["'](.+?)["']/g),
    ]);
    const targets = links.map(([, link = '']) => link.replace(/^(account|\.)\//, ''));
    expect([...new Set(targets)].sort()).toEqual(FILES);
    expect(texts[0]).not.toMatch(/ style=|<style| on\w+=|<script>|javascript:/);
  });

  it.each(PATHS)('comes again only if it has changed: %s', async (path) => {
    const { status, headers } = await client.get(path);
    const etag = headers.get('etag') ?? '';
    expect([status, headers.get('cache-control'), etag]).toEqual([
      200,
      'no-cache',
      expect.stringMatching(/^"[\w-]{43}"$/),
    ]);
    const again = (tags: string) => client.get(path, { headers: { 'if-none-match': tags } });
    // A proxy that compresses makes the tag a weak one.
    for (const tags of [etag, `"other", W/${etag}`]) {
      const { status: unchanged, text, headers: same } = await again(tags);
      expect([unchanged, text, same.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await again('"other"')).status).toBe(200);
  });

  it('answers HEAD, and 405 to whatever changes something', async () => {
    for (const path of PATHS) {
      expect((await client.request('HEAD', path)).status).toBe(200);
      const { status, headers } = await client.post(path, { json: {} });
      expect([path, status, headers.get('allow')]).toEqual([path, 405, 'GET, HEAD']);
    }
  });

  it('is no part of the described interface', async () => {
    const { body } = await client.get('/docs-json');
    expect(Object.keys(body.paths as object).filter((path) => path.includes('account'))).toEqual(
      [],
    );
  });

  it('does not load what draws QR codes before it is needed', async () => {
    const [page, ...files] = await Promise.all(
      ['/account', '/account/factors.js', '/account/qr.js'].map(
        async (path) => (await client.get(path)).text,
      ),
    );
    expect(page).not.toContain('qr.js');
    expect(
      files
        .join('\n')
        .match(/.*\bu?qr\.js.*/g)
        ?.map((line) => line.trim()),
    ).toEqual([
      "const { qrCode } = await import('./qr.js');",
      "import { encode } from './uqr.js';",
    ]);
  });

  it('is there in production, and nowhere with ACCOUNT_PAGE=false', async () => {
    const production = await Server.start({
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://auth.example.com',
      JWT_KEY: 'Hq7Zx2Lm9Vt4Kc8Rw3Np6Yb1Fd5Gs0Ja',
    });
    expect((await production.client.get('/account')).status).toBe(200);
    const without = await Server.start({ ACCOUNT_PAGE: 'false' });
    for (const path of PATHS) {
      const { status, body } = await without.client.get(path);
      expect([path, status, body.type]).toEqual([path, 404, '/problems/not-found']);
    }
    expect(without.output).not.toContain('Account page');
  });
});
