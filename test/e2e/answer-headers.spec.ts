import { describeOnEachDatabase } from '../support/backends.js';
import type { Answer, Client } from '../support/client.js';

describeOnEachDatabase('Every answer', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start());
  });

  it('with a token forbids to store it (S30)', async () => {
    const { token, username, password } = await client.newSession();
    const json = { username, password };
    const answers: Answer[] = [
      await client.post('/authenticate_user', { json }),
      await client.get('/user', { bearer: token }),
      await client.put('/user', { bearer: token, json: { username } }),
      await client.post('/validate_token', { bearer: token }),
      await client.get('/api/token', { basic: `${username}:${password}` }),
      await client.get('/api/token', { basic: `${token}:` }),
      await client.post('/renew_token', { bearer: token }),
    ];
    for (const { status, headers, body } of answers) {
      expect([status, body.token, headers.get('cache-control')]).toEqual([
        200,
        expect.any(String),
        'no-store',
      ]);
    }
  });

  it.each(['a', 'req-1', '4f8b1c2e-6a3d-4e5f', 'trace:1.2_3', 'x'.repeat(128)])(
    'carries the request id of the caller: %s',
    async (id) => {
      for (const path of ['/health/live', '/user', '/nowhere']) {
        const { headers } = await client.get(path, { headers: { 'x-request-id': id } });
        expect(headers.get('x-request-id')).toBe(id);
      }
    },
  );

  it.each(['two words', '<script>', 'a,b', '"', 'ÿ', 'x'.repeat(129), '${jndi:ldap://x}', ''])(
    'carries an id of its own in place of %j',
    async (id) => {
      const { headers } = await client.get('/user', { headers: { 'x-request-id': id } });
      expect(headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    },
  );

  it('carries another id than the answer before', async () => {
    const ids = new Set<string | null>();
    for (let n = 0; n < 10; n++) {
      ids.add((await client.get('/health/live')).headers.get('x-request-id'));
    }
    expect(ids.size).toBe(10);
  });

  it('to HEAD on a GET route is the one to GET without its body', async () => {
    const { token, id } = await client.newSession();
    for (const path of ['/user', '/user/sessions', '/health/live', '/docs', `/api/users/${id}`]) {
      const got = await client.get(path, { bearer: token });
      const { status, headers, text } = await client.request('HEAD', path, { bearer: token });
      expect([path, status, text]).toEqual([path, 200, '']);
      for (const name of ['content-type', 'content-length', 'cache-control']) {
        expect(headers.get(name)).toBe(got.headers.get(name));
      }
    }
  });

  it.each([
    '/docs',
    '/docs-json',
    '/docs-yaml',
    '/docs/swagger-ui-init.js',
    '/docs/swagger-ui.css',
    '/account',
    '/account/account.css',
    '/account/account.js',
    '/account/icon.svg',
    '/health/live',
    '/health/ready',
  ])('of %s tells its media type and its charset (S68)', async (path) => {
    const { status, headers } = await client.get(path);
    expect([status, headers.get('content-type')]).toEqual([
      200,
      expect.stringMatching(
        /^(text\/(html|yaml|css|javascript)|application\/(json|javascript)|image\/svg\+xml); charset=utf-8$/,
      ),
    ]);
  });
});
