import { describeOnEachBackend } from '../support/backends.js';
import {
  claimsOf,
  uniqueName,
  type Account,
  type Answer,
  type Client,
  type RequestOptions,
} from '../support/client.js';
import { datesOf, renew, untilSecond } from '../support/tokens.js';

/** The header that every answer to an authenticated request carries. */
const nextToken = ({ headers }: Answer) => headers.get('x-next-token');

describeOnEachBackend('Tokens for a single use', (start) => {
  let client: Client;
  let account: Account;

  beforeAll(async () => {
    ({ client } = await start({
      TOKEN_SINGLE_USE: 'true',
      PASSWORD_CHANGE_REQUIRES_CURRENT: 'true',
    }));
    account = await client.register();
  });

  /** The next token, once the answer was shown to give it and the request to have used up its own. */
  async function expectUsedUp(token: string, answer: Answer): Promise<string> {
    const next = nextToken(answer) ?? '';
    expect(claimsOf(next).sid).toBe(claimsOf(token).sid);
    expect(claimsOf(next).jti).not.toBe(claimsOf(token).jti);
    expect((await client.get('/user', { bearer: token })).status).toBe(401);
    const use = await client.get('/user', { bearer: next });
    expect(use.status).toBe(200);
    return nextToken(use) ?? '';
  }

  async function expectUnused(token: string, answer: Answer): Promise<void> {
    expect(nextToken(answer)).toBeNull();
    expect((await client.get('/user', { bearer: token })).status).toBe(200);
  }

  describe('are used up by a request that succeeds', () => {
    type Ask = (token: string) => Promise<Answer>;
    const inBody: [string, Ask][] = [
      ['GET /user', (bearer) => client.get('/user', { bearer })],
      [
        'PUT /user',
        (bearer) => client.put('/user', { bearer, json: { username: account.username } }),
      ],
      ['POST /validate_token', (bearer) => client.post('/validate_token', { bearer })],
      ['the token in the body', (token) => client.post('/validate_token', { json: { token } })],
      [
        'the token in both',
        (token) => client.post('/validate_token', { bearer: token, json: { token } }),
      ],
      ['POST /renew_token', (bearer) => renew(client, bearer)],
      ['GET /api/token', (token) => client.get('/api/token', { basic: `${token}:` })],
    ];

    it.each(inBody)('which names the next in its body too: %s', async (_, ask) => {
      const token = await client.login(account);
      const answer = await ask(token);
      expect([answer.status, answer.body.token]).toEqual([200, nextToken(answer)]);
      await expectUsedUp(token, answer);
    });

    const headerOnly: [string, Ask][] = [
      ['GET /user/sessions', (bearer) => client.get('/user/sessions', { bearer })],
      ['GET /user/events', (bearer) => client.get('/user/events', { bearer })],
      ['GET /auth/verify', (bearer) => client.get('/auth/verify', { bearer })],
      ['GET /api/resource', (token) => client.get('/api/resource', { basic: `${token}:x` })],
      [
        'the end of another session',
        async (bearer) => {
          const { sid } = claimsOf(await client.login(account));
          return client.delete(`/user/sessions/${sid}`, { bearer });
        },
      ],
    ];

    it.each(headerOnly)('which names the next in its header alone: %s', async (_, ask) => {
      const token = await client.login(account);
      const answer = await ask(token);
      expect(answer.status).toBe(200);
      await expectUsedUp(token, answer);
    });

    it('from one to the next, in one session that began at the log-in', async () => {
      const first = await client.login(account);
      await untilSecond(datesOf(first).iat + 1);
      let token = first;
      for (let i = 0; i < 5; i += 1) {
        token = await expectUsedUp(token, await client.get('/user', { bearer: token }));
      }
      const { sid, sub, auth_time } = claimsOf(first);
      expect(claimsOf(token)).toMatchObject({ sid, sub, auth_time });
      expect(datesOf(token).exp).toBeGreaterThan(datesOf(first).exp);
    });
  });

  describe('are used up by a request that fails after authentication', () => {
    const failures: [string, number, string, string, RequestOptions][] = [
      ['an empty change', 400, 'PUT', '/user', { json: {} }],
      ['an unknown field', 400, 'PUT', '/user', { json: { role: 'admin' } }],
      ['a short name', 400, 'PUT', '/user', { json: { username: 'abc' } }],
      ['a missing current password', 400, 'PUT', '/user', { json: { password: 'long enough' } }],
      [
        'a wrong current password',
        ...([400, 'PUT', '/user'] as const),
        { json: { password: 'long enough', current_password: 'wrong' } },
      ],
      ['a bad limit', 400, 'GET', '/user/events?limit=none', {}],
      ['an unknown session', 404, 'DELETE', '/user/sessions/AAAAAAAAAAAAAAAAAAAAAA', {}],
      [
        'an unknown field beside the token',
        400,
        'POST',
        '/validate_token',
        { json: { role: 'x' } },
      ],
    ];

    it.each(failures)('as with %s', async (_, status, method, path, options) => {
      const token = await client.login(account);
      const answer = await client.request(method, path, { bearer: token, ...options });
      expect(answer.status).toBe(status);
      await expectUsedUp(token, answer);
    });

    it('as with a name that is taken', async () => {
      const { username } = await client.register();
      const token = await client.login(account);
      const answer = await client.put('/user', { bearer: token, json: { username } });
      expect(answer.status).toBe(409);
      await expectUsedUp(token, answer);
    });
  });

  describe('are not used up by a request that is refused before authentication', () => {
    const refusals: [string, number, string, string, RequestOptions][] = [
      [
        'another type of body',
        415,
        'PUT',
        '/user',
        { body: 'a', headers: { 'content-type': 'text/plain' } },
      ],
      [
        'JSON that is none',
        400,
        'PUT',
        '/user',
        { body: '{', headers: { 'content-type': 'application/json' } },
      ],
      ['too long a body', 413, 'PUT', '/user', { json: { username: 'a'.repeat(20_000) } }],
      ['another method', 405, 'PATCH', '/user', {}],
      ['an unknown path', 404, 'GET', '/users', {}],
      ['another token in the body', 400, 'POST', '/validate_token', { json: { token: 'another' } }],
      [
        'another token in the body of a renewal',
        400,
        'POST',
        '/renew_token',
        { json: { token: 'a.b.c' } },
      ],
      ['a token in the body that is none', 400, 'POST', '/logout', { json: { token: 7 } }],
    ];

    it.each(refusals)('as for %s', async (_, status, method, path, options) => {
      const token = await client.login(account);
      const answer = await client.request(method, path, { bearer: token, ...options });
      expect(answer.status).toBe(status);
      await expectUnused(token, answer);
    });

    it('as by HEAD on a Basic route, or from a page of another site', async () => {
      const token = await client.login(account);
      const basic = `${token}:`;
      expect((await client.request('HEAD', '/api/token', { basic })).status).toBe(405);
      const headers = { 'sec-fetch-site': 'cross-site' };
      const answer = await client.get('/api/token', { basic, headers });
      expect(answer.status).toBe(403);
      await expectUnused(token, answer);
    });

    it('nor by a route that asks for none', async () => {
      const token = await client.login(account);
      const { username, password } = account;
      for (const [path, json] of [
        ['/user', { username: uniqueName(), password }],
        ['/authenticate_user', { username, password }],
      ] as const) {
        expect(nextToken(await client.post(path, { bearer: token, json }))).toBeNull();
      }
      await expectUnused(token, await client.get(`/api/users/${account.id}`, { bearer: token }));
    });
  });
});
