import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, type Answer, type Client } from '../support/client.js';
import type { Server } from '../support/server.js';
import {
  datesOf,
  forge,
  GUARDED_ROUTES,
  logOut,
  nowSeconds,
  present,
  renew,
  renewed,
  TEST_KEY,
  untilSecond,
} from '../support/tokens.js';

const IDENTIFIER = /^[A-Za-z0-9_-]{22,}$/;

/** The header of a token. */
function headerOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());
}

describeOnEachBackend('Tokens', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start({ JWT_KEY: TEST_KEY });
    client = server.client;
  });

  describe('What a token says', () => {
    it('is an access token in its header (S37)', async () => {
      const { token } = await client.newSession();
      expect(headerOf(token)).toMatchObject({ alg: 'HS256', typ: 'at+jwt' });
    });

    it('has ids of 128 random bits, no two the same (S42)', async () => {
      const account = await client.register();
      let token = await client.login(account);
      const ids = new Set<unknown>();
      for (let count = 1; count <= 50; count += 1) {
        const { jti, sid } = claimsOf(token);
        for (const id of [jti, sid]) expect(Buffer.from(String(id), 'base64url')).toHaveLength(16);
        expect(ids.size).toBe(ids.add(jti).size - 1);
        token = count % 10 === 0 ? await client.login(account) : await renewed(client, token);
      }
    });

    it('names its issuer, audience, user, session, client, dates and proof, and nothing else (S38)', async () => {
      const before = nowSeconds();
      const { id, token } = await client.newSession();
      const claims = claimsOf(token);
      expect(claims).toEqual({
        iss: server.url,
        aud: server.url,
        sub: String(id),
        jti: expect.stringMatching(IDENTIFIER),
        sid: expect.stringMatching(IDENTIFIER),
        client_id: 'gatehouse',
        iat: expect.any(Number),
        exp: Number(claims.iat) + 2100,
        auth_time: claims.iat,
        amr: ['pwd'],
      });
      expect(claims.iat).toBeGreaterThanOrEqual(before);
      expect(claims.iat).toBeLessThanOrEqual(nowSeconds());
    });

    it('holds no personal data (S44)', async () => {
      const { username, token } = await client.newSession();
      const [header = '', payload = ''] = token.split('.');
      for (const part of [header, payload]) {
        expect(Buffer.from(part, 'base64url').toString()).not.toContain(username);
      }
    });

    it('has another identity, and another session, after each log-in (S48)', async () => {
      const account = await client.register();
      const claims = [await client.login(account), await client.login(account)].map(claimsOf);
      expect(new Set(claims.map(({ jti }) => jti)).size).toBe(2);
      expect(new Set(claims.map(({ sid }) => sid)).size).toBe(2);
    });

    it('names PUBLIC_URL as issuer and audience if there is one', async () => {
      const url = 'https://auth.example.test/accounts';
      const { client: behindProxy } = await start({ PUBLIC_URL: `${url}/` });
      const { token } = await behindProxy.newSession();
      expect(claimsOf(token)).toMatchObject({ iss: url, aud: url });
      expect(await behindProxy.accepts(token)).toBe(true);
    });
  });

  describe('Its life', () => {
    it('is refused from the very second of its exp (S35)', async () => {
      const { token } = await client.newSession();
      const second = nowSeconds() + 1;
      await untilSecond(second);
      expect(await client.accepts(forge(token, { claims: { exp: second + 5 } }))).toBe(true);
      expect(await client.accepts(forge(token, { claims: { exp: second } }))).toBe(false);
    });

    it('is accepted whatever its iat says', async () => {
      const { token } = await client.newSession();
      for (const iat of [nowSeconds() + 3600, 1]) {
        expect(await client.accepts(forge(token, { claims: { iat } }))).toBe(true);
      }
    });

    it('is told as a duration, which is exp less the current second', async () => {
      const { username, password, token } = await client.newSession();
      const next = await renewed(client, token);
      await untilSecond(datesOf(next).iat + 1);
      const asks = [
        () => client.post('/authenticate_user', { json: { username, password } }),
        () => client.get('/api/token', { basic: `${username}:${password}` }),
        () => client.get('/api/token', { basic: `${token}:` }),
        () => client.get('/api/token', { basic: `${next}:` }),
        () => renew(client, token),
        () => renew(client, next),
      ];
      for (const ask of asks) {
        const before = nowSeconds();
        const { body } = await ask();
        const { exp } = datesOf(body.token as string);
        expect(body.duration).toBeLessThanOrEqual(exp - before);
        expect(body.duration).toBeGreaterThanOrEqual(exp - nowSeconds());
      }
    });

    it('ends at once at the log-out (S45)', async () => {
      const { token } = await client.newSession();
      expect(await client.accepts(token)).toBe(true);
      await logOut(client, token);
      expect(await client.accepts(token)).toBe(false);
    });
  });

  it('is refused by every route, in every way to send it, once it was logged out (S45)', async () => {
    const { token } = await client.newSession();
    await logOut(client, token);
    for (const route of GUARDED_ROUTES) {
      const { status } = await present(client, route, token);
      expect([route.method, route.path, status]).toEqual([route.method, route.path, 401]);
    }
  });

  describe('How it travels', () => {
    const takesBody = ['/validate_token', '/renew_token', '/logout'];

    it.each(['access_token', 'token', 'jwt'])(
      'is not read from ?%s= in the URL (S29)',
      async (name) => {
        const { token } = await client.newSession();
        for (const path of ['/user', '/user/sessions', '/api/resource', '/api/token']) {
          const { status } = await client.get(`${path}?${name}=${token}`);
          expect([path, status]).toEqual([path, 401]);
        }
        for (const path of takesBody) {
          const { status, body } = await client.post(`${path}?${name}=${token}`);
          expect([path, status, body.detail]).toEqual([path, 401, 'Token is missing']);
        }
      },
    );

    it.each(takesBody)('may come in the header, in the body or in both of %s', async (path) => {
      const account = await client.register();
      const ways = [
        (token: string) => ({ bearer: token }),
        (token: string) => ({ json: { token } }),
        (token: string) => ({ bearer: token, json: { token } }),
        (token: string) => ({ bearer: token, json: {} }),
      ];
      for (const way of ways) {
        const { status } = await client.post(path, way(await client.login(account)));
        expect(status).toBe(200);
      }
    });

    it.each(takesBody)(
      'is refused by %s beside a different one, and both live on',
      async (path) => {
        const account = await client.register();
        const [one, other] = [await client.login(account), await client.login(account)];
        const { status } = await client.post(path, { bearer: one, json: { token: other } });
        expect(status).toBe(400);
        expect([await client.accepts(one), await client.accepts(other)]).toEqual([true, true]);
      },
    );

    it.each(takesBody)('is missed by %s with the plain Bearer challenge', async (path) => {
      for (const options of [{}, { json: {} }, { basic: 'miguel:python' }]) {
        const { status, body, headers } = await client.post(path, options);
        expect([status, body.detail]).toEqual([401, 'Token is missing']);
        expect(headers.get('www-authenticate')).toBe('Bearer realm="gatehouse"');
      }
    });

    it.each(takesBody)('must be a string in the body of %s', async (path) => {
      for (const token of [1, true, ['a'], { a: 'b' }]) {
        expect((await client.post(path, { json: { token } })).status).toBe(400);
      }
    });

    it('is the username of HTTP Basic with any password, or an empty one', async () => {
      const { username, token } = await client.newSession();
      for (const password of ['', 'x', 'unused', 'with:colons:in it']) {
        const { status, body } = await client.get('/api/resource', {
          basic: `${token}:${password}`,
        });
        expect([status, body]).toEqual([200, { data: `Hello, ${username}!` }]);
      }
    });

    it('is never stored by a cache (S30)', async () => {
      const { username, password, token } = await client.newSession();
      const answers: Answer[] = [
        await client.post('/authenticate_user', { json: { username, password } }),
        await client.get('/user', { bearer: token }),
        await client.put('/user', { bearer: token, json: { username: `${username}2` } }),
        await client.post('/validate_token', { bearer: token }),
        await client.get('/api/token', { basic: `${token}:` }),
        await client.post('/renew_token', { bearer: token }),
      ];
      for (const { status, headers, body } of answers) {
        expect([status, typeof body.token]).toEqual([200, 'string']);
        expect(headers.get('cache-control')).toBe('no-store');
      }
    });
  });
});
