import type { Client, RequestOptions } from '../support/client.js';
import { exchange, headersIn } from '../support/raw-http.js';
import { Server } from '../support/server.js';

const OF_EVERYTHING = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const OF_DATA = { 'cache-control': 'no-store', ...OF_EVERYTHING };

const ORIGIN = 'https://app.example.com';

/** What the service is made of, or a version that is no address. */
const BUILT_WITH = /fastify|nest|express|(?<![\d.])\d+\.\d+\.\d+(?![\d.])/i;

describe('Security headers', () => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await Server.start({ CORS_ORIGINS: ORIGIN });
    client = server.client;
  });

  const answers: [string, string, string, number, RequestOptions][] = [
    ['a success', 'GET', '/health/live', 200, {}],
    ['the description', 'GET', '/docs-json', 200, {}],
    ['a refusal of a guard', 'GET', '/user', 401, {}],
    ['a refusal of a field', 'POST', '/user', 400, { json: {} }],
    ['a body that is no JSON', 'POST', '/user', 415, { body: 'x' }],
    ['an unknown path', 'GET', '/nowhere', 404, {}],
    ['a wrong method', 'PATCH', '/user', 405, {}],
    ['HEAD that is refused', 'HEAD', '/api/token', 405, {}],
    ['an address with broken escapes', 'GET', '/x/%ff', 400, {}],
    ['a parameter too long', 'GET', `/api/users/${'1'.repeat(300)}`, 414, {}],
    [
      'a preflight',
      'OPTIONS',
      '/user',
      204,
      { headers: { origin: ORIGIN, 'access-control-request-method': 'PUT' } },
    ],
  ];

  it.each(answers)('come with the answer to %s (S71)', async (_, method, path, code, options) => {
    const { status, headers } = await client.request(method, path, options);
    expect(status).toBe(code);
    expect(Object.fromEntries(headers)).toMatchObject(OF_DATA);
  });

  it.each([
    ['no HTTP', 'nonsense\r\n\r\n', 400],
    ['headers too large', `GET / HTTP/1.1\r\nX-Large: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
    ['two hosts', 'GET /user HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
  ])('come with the answer to %s (S71)', async (_, request, code) => {
    const answer = await exchange(server.port, request);
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${code} `));
    expect(headersIn(answer)).toMatchObject(OF_DATA);
  });

  it.each(['/docs', '/docs/', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui-init.js'])(
    'of %s let a page load its own files, and no script in the page run (S71)',
    (path) =>
      expectPolicy(path, [
        "connect-src 'self'",
        "img-src 'self' data:",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
      ]),
  );

  it.each(['/account', '/account/account.js', '/account/account.css'])(
    'of %s let a page load its own files, and nothing in the page or from others be markup (S71)',
    (path) =>
      expectPolicy(path, [
        "connect-src 'self'",
        "img-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ]),
  );

  async function expectPolicy(path: string, own: string[]): Promise<void> {
    const { status, headers } = await client.get(path);
    expect(status).toBe(200);
    const policy = headers.get('content-security-policy');
    expect(policy?.split(';')).toEqual([
      "default-src 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      ...own,
    ]);
    expect(Object.fromEntries(headers)).toMatchObject({
      ...OF_EVERYTHING,
      'content-security-policy': policy,
    });
  }

  it('would let nothing run that the page of /docs has in it: its scripts are files (S71)', async () => {
    const { text } = await client.get('/docs');
    const scripts = text.match(/<script[^>]*>/g) ?? [];
    expect(scripts.length).toBeGreaterThan(2);
    for (const script of scripts) expect(script).toMatch(/ src="\.\/docs\/[\w-]+\.js"/);
    expect(text).not.toMatch(/ on\w+=|javascript:/);
  });

  it('name no version, and not what it is built with (S81)', async () => {
    for (const path of ['/', '/health/live', '/user', '/nowhere', '/docs', '/x/%ff']) {
      const { headers, text } = await client.get(path);
      if (path !== '/docs') expect(text).not.toMatch(BUILT_WITH);
      const names = [...headers.keys()];
      expect(names.filter((name) => /^server$|powered|version|generator/.test(name))).toEqual([]);
      expect([...headers.values()].join()).not.toMatch(/fastify|nest|express|node|\d+\.\d+\.\d+/i);
    }
    expect(await exchange(server.port, 'nonsense\r\n\r\n')).not.toMatch(/\r\nserver:/i);
  });

  it('demand TLS and windows apart if PUBLIC_URL is https, and only then (S71)', async () => {
    const https = await Server.start({ PUBLIC_URL: 'https://auth.example.com' });
    const expected = {
      'strict-transport-security': 'max-age=31536000',
      'cross-origin-opener-policy': 'same-origin',
    };
    for (const path of ['/health/live', '/user', '/nowhere', '/docs', '/x/%ff']) {
      const { headers } = await https.client.get(path);
      expect(Object.fromEntries(headers)).toMatchObject(expected);
      const { headers: plain } = await server.client.get(path);
      expect(Object.keys(expected).filter((name) => plain.has(name))).toEqual([]);
    }
    const answer = await exchange(https.port, 'nonsense\r\n\r\n');
    expect(headersIn(answer)).toMatchObject(expected);
  });
});
