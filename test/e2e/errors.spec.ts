import { request } from 'node:http';
import type { Answer, Client, RequestOptions } from '../support/client.js';
import { Server } from '../support/server.js';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

type Operations = Record<string, { security?: Record<string, unknown>[] }>;

describe('Errors', () => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await Server.start();
    client = server.client;
  });

  it('are problem documents that say what happened and nothing else (S65)', async () => {
    const { status, body, headers } = await client.get('/user');
    expect(status).toBe(401);
    expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(body).toEqual({
      type: '/problems/token-missing',
      title: 'Authentication required',
      status: 401,
      detail: 'Token is missing',
    });
  });

  it('name each refused field', async () => {
    const { body } = await client.post('/user', { json: { username: 'sue', extra: 1 } });
    expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'detail', 'errors']);
    for (const error of body.errors) {
      expect(error).toEqual({ field: expect.any(String), detail: expect.any(String) });
    }
  });

  it('go without a body if HEAD asked (S60)', async () => {
    const { status, text, headers } = await client.request('HEAD', '/user');
    expect([status, text]).toEqual([401, '']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="gatehouse"');
  });

  describe('401 on a Bearer route', () => {
    const challengeOf = ({ status, body, headers }: Answer) => {
      expect(status).toBe(401);
      return [body.detail, headers.get('www-authenticate')];
    };

    const withoutCredentials: [string, RequestOptions][] = [
      ['no credentials', {}],
      ['a Basic header', { basic: 'miguel:python' }],
      ['another scheme', { headers: { authorization: 'Digest username="miguel"' } }],
      ['the scheme alone', { headers: { authorization: 'Bearer' } }],
      ['a scheme of a similar name', { headers: { authorization: 'BearerToken e30.e30.e30' } }],
    ];

    it.each(withoutCredentials)('has no error code for %s (S25, S26)', async (_, options) => {
      for (const [method, path] of [
        ['GET', '/user'],
        ['DELETE', '/user/sessions'],
        ['POST', '/validate_token'],
        ['POST', '/renew_token'],
        ['POST', '/logout'],
      ] as const) {
        const challenge = challengeOf(await client.request(method, path, options));
        expect(challenge).toEqual(['Token is missing', 'Bearer realm="gatehouse"']);
      }
    });

    it.each(['e30.e30.e30', 'nonsense', 'e30', '..', 'ÿ'])(
      'has the code invalid_token for the token %s (S26, S27)',
      async (token) => {
        const challenge = [
          'Invalid or expired token',
          'Bearer realm="gatehouse", error="invalid_token", ' +
            'error_description="Invalid or expired token"',
        ];
        expect(challengeOf(await client.get('/user', { bearer: token }))).toEqual(challenge);
        const json = { token };
        expect(challengeOf(await client.post('/validate_token', { json }))).toEqual(challenge);
      },
    );

    it('is the answer to a token in the address (S29)', async () => {
      const { token } = await client.newSession();
      for (const name of ['access_token', 'token']) {
        const answer = await client.get(`/user?${name}=${token}`);
        expect(challengeOf(answer)).toEqual(['Token is missing', 'Bearer realm="gatehouse"']);
      }
    });
  });

  describe('A token in the body', () => {
    const send = async (json: object, options: RequestOptions = {}) => {
      const { status, headers } = await client.post('/validate_token', { json, ...options });
      return [status, headers.get('www-authenticate')];
    };

    it('may also be in the header, if it is the same', async () => {
      const { token } = await client.newSession();
      expect(await send({ token }, { bearer: token })).toEqual([200, null]);
      expect(await send({ token }, { basic: 'miguel:python' })).toEqual([200, null]);
      expect(await send({}, { bearer: token })).toEqual([200, null]);
    });

    it.each(['/validate_token', '/renew_token', '/logout'])(
      'is refused by %s beside a different one in the header (S27, S28)',
      async (path) => {
        const { token, ...account } = await client.newSession();
        const other = await client.login(account);
        const answer = await client.post(path, { json: { token }, bearer: other });
        expect([answer.status, answer.body.type]).toEqual([400, '/problems/several-credentials']);
        expect(answer.headers.get('www-authenticate')).toMatch(
          /^Bearer realm="gatehouse", error="invalid_request", error_description="[^"]+"$/,
        );
        expect(await client.accepts(token)).toBe(true);
        expect(await client.accepts(other)).toBe(true);
      },
    );

    it.each([5, ['e30.e30.e30'], {}])('is refused as malformed if it is %j', async (token) => {
      const { body } = await client.post('/validate_token', { json: { token } });
      expect([body.status, body.errors]).toEqual([
        400,
        [{ field: 'token', detail: expect.any(String) }],
      ]);
    });

    it.each([null, ''])('is missing if it is %j', async (token) => {
      expect(await send({ token })).toEqual([401, 'Bearer realm="gatehouse"']);
    });
  });

  describe('404', () => {
    it.each([
      ['GET', '/nowhere'],
      ['POST', '/user/miguel'],
      ['DELETE', '/api'],
      ['GET', '/user/'],
      ['GET', '/USER'],
      ['GET', '/user%2fsessions'],
      ['GET', '/../../etc/passwd'],
      ['GET', '/docs/../../package.json'],
      ['GET', '/docs/%2e%2e/%2e%2e/package.json'],
    ])('answers %s %s', async (method, path) => {
      const { status, body } = await client.request(method, path);
      expect([status, body.type]).toEqual([404, '/problems/not-found']);
    });
  });

  describe('405', () => {
    it('answers every other method on every documented route, naming those it has (S61)', async () => {
      const { paths } = (await client.get('/docs-json')).body;
      const routes = Object.entries(paths as Record<string, Operations>);
      expect(routes.length).toBeGreaterThan(12);
      for (const [template, operations] of routes) {
        const documented = Object.keys(operations).map((name) => name.toUpperCase());
        const path = template.replace(/\{\w+\}/g, '1');
        // Answers every method: see verify.spec.ts.
        if (path === '/auth/verify') continue;
        for (const method of METHODS.filter((name) => !documented.includes(name))) {
          const body = method === 'GET' ? {} : { body: '<not JSON>' };
          const { status, headers } = await client.request(method, path, body);
          const allowed = headers.get('allow')?.split(', ') ?? [];
          expect([
            method,
            path,
            status,
            allowed.filter((name) => !['HEAD', 'OPTIONS'].includes(name)).sort(),
          ]).toEqual([...[method, path, 405], documented.sort()]);
        }
      }
    });

    it.each(['TRACE', 'PROPFIND', 'SEARCH', 'PURGE'])('answers %s (S61, S75)', async (method) => {
      // fetch knows no such methods.
      const answer = await new Promise<unknown[]>((resolve, reject) => {
        request(`${server.url}/user`, { method }, ({ statusCode, headers }) =>
          resolve([statusCode, headers.allow]),
        )
          .on('error', reject)
          .end();
      });
      expect(answer).toEqual([405, 'DELETE, GET, HEAD, POST, PUT']);
    });
  });
});
