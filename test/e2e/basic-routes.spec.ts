import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, uniqueName, type Client, type RequestOptions } from '../support/client.js';
import { Server } from '../support/server.js';
import { pastHalfLife, untilSecond } from '../support/tokens.js';

const CHALLENGE = 'Basic realm="Authentication Required"';

describeOnEachBackend('The /api routes', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start();
    client = server.client;
  });

  describe('POST /api/users', () => {
    const register = (json: unknown) => client.post('/api/users', { json });

    it('makes an account, and says where it is', async () => {
      const username = uniqueName();
      const answer = await register({ username: username.toUpperCase(), password: 'python' });
      expect([answer.status, answer.text]).toEqual([201, JSON.stringify({ username })]);
      const location = answer.headers.get('location') ?? '';
      expect(location).toMatch(new RegExp(`^${server.url}/api/users/[1-9]\\d*$`));
      const { body } = await client.get(new URL(location).pathname);
      expect(body).toEqual({ username });
    });

    it.each([
      ['nothing', {}, ['username', 'password']],
      ['no password', { username: 'susan' }, ['password']],
      ['null as username', { username: null, password: 'python' }, ['username']],
      ['a username of 3 characters', { username: 'sue', password: 'python' }, ['username']],
      ['a colon in the username', { username: 'su:san', password: 'python' }, ['username']],
      ['a short password', { username: 'susan', password: 'pytho' }, ['password']],
      ['another field', { username: 'susan', password: 'python', id: 1 }, ['id']],
    ])('refuses %s, naming the field', async (_, json, fields) => {
      const { status, body, headers } = await register(json);
      expect([status, headers.has('location')]).toEqual([400, false]);
      expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    });

    it('refuses a taken name with 400 too', async () => {
      const { username } = await client.register();
      for (const taken of [username, username.toUpperCase()]) {
        const { status, body } = await register({ username: taken, password: 'python' });
        expect([status, body.errors]).toEqual([
          400,
          [{ field: 'username', detail: expect.any(String) }],
        ]);
      }
    });
  });

  describe('GET /api/users/:id', () => {
    it('shows anybody the username alone', async () => {
      const { id, username } = await client.register();
      const answer = await client.get(`/api/users/${id}`);
      expect([answer.status, answer.text]).toEqual([200, JSON.stringify({ username })]);
    });

    it.each([
      '0',
      '-1',
      '999999999',
      '2147483648',
      '999999999999999',
      '9'.repeat(30),
      '1.0',
      '01',
      '1e0',
      'me',
      '%20',
      "1'--",
    ])('answers 400 to the unknown or malformed id %s', async (id) => {
      expect((await client.get(`/api/users/${id}`)).status).toBe(400);
    });
  });

  describe('GET /api/token', () => {
    it('answers a token of a new session for a password', async () => {
      const { username, password, id } = await client.register();
      const answer = await client.get('/api/token', { basic: `${username}:${password}` });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual({
        token: expect.stringMatching(/^eyJ/),
        duration: expect.closeTo(2100, -1),
      });
      const { body } = await client.get('/user', { bearer: answer.body.token as string });
      expect(body.user).toEqual({ id, username });
    });
  });

  describe.each(['/api/token', '/api/resource'])('GET %s', (path) => {
    const challengeOf = async (options: RequestOptions) => {
      const { status, headers } = await client.get(path, options);
      return [status, headers.get('www-authenticate')];
    };

    it('takes a password, a token, and a token with an empty password', async () => {
      const { username, password, token } = await client.newSession();
      for (const basic of [`${username}:${password}`, `${token}:x`, `${token}:`, `${token}::`]) {
        expect((await client.get(path, { basic })).status).toBe(200);
      }
    });

    it('asks for credentials if none came (S18, S60)', async () => {
      expect(await challengeOf({})).toEqual([401, CHALLENGE]);
    });

    it('refuses wrong credentials of every kind (S18)', async () => {
      const { username, password, token } = await client.newSession();
      await client.post('/logout', { bearer: token });
      const refused = [
        `${username}:wrong`,
        `${username}:`,
        `nobody:${password}`,
        `:${password}`,
        `${token}:x`,
        `e30.e30.e30:${password}`,
      ];
      for (const basic of refused) expect(await challengeOf({ basic })).toEqual([401, CHALLENGE]);
    });

    it('takes no Bearer token', async () => {
      const { token } = await client.newSession();
      expect(await challengeOf({ bearer: token })).toEqual([401, CHALLENGE]);
      expect(await challengeOf({ headers: { 'x-token': token } })).toEqual([401, CHALLENGE]);
    });

    it('answers HEAD with 405', async () => {
      const { username, password } = await client.register();
      const { status, headers } = await client.request('HEAD', path, {
        basic: `${username}:${password}`,
      });
      expect([status, headers.get('allow')]).toEqual([405, 'GET']);
      expect((await client.request('HEAD', path)).status).toBe(405);
    });

    it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
      'leaves HEAD out of the methods that a 405 to %s names',
      async (method) => {
        const { status, headers } = await client.request(method, path);
        expect([status, headers.get('allow')]).toEqual([405, 'GET']);
      },
    );

    it("refuses a browser's cross-site request with 403 (S69)", async () => {
      const { username, password } = await client.register();
      const basic = `${username}:${password}`;
      const from = async (site: string) =>
        (await client.get(path, { basic, headers: { 'sec-fetch-site': site } })).status;
      expect(await from('cross-site')).toBe(403);
      for (const site of ['same-origin', 'same-site', 'none']) expect(await from(site)).toBe(200);
    });
  });
});

describeOnEachBackend('GET /api/token with a token in the first half of its life', (start) => {
  it('gives the next token each time, of the same session, and leaves the presented one live', async () => {
    const { client } = await start();
    const { token: first } = await client.newSession();
    const tokens = [first];
    for (let i = 0; i < 2; i += 1) {
      await sleep(1_100);
      const { status, body } = await client.get('/api/token', { basic: `${tokens.at(-1)}:` });
      expect(status).toBe(200);
      tokens.push(body.token as string);
    }
    const claims = tokens.map(claimsOf);
    expect(new Set(claims.map(({ jti }) => jti)).size).toBe(3);
    expect(new Set(claims.map(({ sid }) => sid)).size).toBe(1);
    expect(new Set(claims.map(({ auth_time }) => auth_time)).size).toBe(1);
    const expiries = claims.map(({ exp }) => exp as number);
    expect(expiries).toEqual([...new Set(expiries)].sort((a, b) => a - b));
    for (const token of tokens) expect(await client.accepts(token)).toBe(true);
  });
});

describeOnEachBackend('GET /api/token with a token past half its life', (start) => {
  it('answers a later token of the same session and log-in', async () => {
    const { client } = await start({ TOKEN_TTL: '5' });
    const { token } = await client.newSession();
    await untilSecond(pastHalfLife(token));
    const { status, body } = await client.get('/api/token', { basic: `${token}:` });
    expect(status).toBe(200);
    const { sid, auth_time, iat, exp } = claimsOf(token);
    const next = claimsOf(body.token as string);
    expect(next).toMatchObject({ sid, auth_time });
    expect(next.iat).toBeGreaterThan(Number(iat));
    expect(next.exp).toBeGreaterThan(Number(exp));
    expect(await client.accepts(token)).toBe(true);
  });
});
