import pg from 'pg';
import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, type Account, type Answer, type Client } from '../support/client.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { Server } from '../support/server.js';
import {
  atOnce,
  datesOf,
  GUARDED_ROUTES,
  present,
  renew,
  renewed,
  untilSecond,
} from '../support/tokens.js';

const nextToken = ({ headers }: Answer) => headers.get('x-next-token');

describeOnEachBackend('A session of tokens for a single use', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({ TOKEN_SINGLE_USE: 'true' }));
  });

  describe('has no next token once it is ended by', () => {
    const sidOf = (token: string) => claimsOf(token).sid;
    const ends: [string, (token: string) => Promise<Answer>][] = [
      ['a log-out', (bearer) => client.post('/logout', { bearer })],
      [
        'a log-out with the token in the body',
        (token) => client.post('/logout', { json: { token } }),
      ],
      ['its own id', (bearer) => client.delete(`/user/sessions/${sidOf(bearer)}`, { bearer })],
      ['the end of all sessions', (bearer) => client.delete('/user/sessions', { bearer })],
      ['the deletion of the account', (bearer) => client.delete('/user', { bearer })],
    ];

    it.each(ends)('%s', async (_, end) => {
      const { token: first } = await client.newSession();
      const token = await renewed(client, first);
      const answer = await end(token);
      expect([answer.status, nextToken(answer)]).toEqual([200, null]);
      for (const dead of [token, first]) {
        for (const path of ['/validate_token', '/renew_token', '/logout']) {
          const { status, headers } = await client.post(path, { bearer: dead });
          expect([path, status, headers.get('x-next-token')]).toEqual([path, 401, null]);
        }
      }
    });

    it('another session, by whatever means', async () => {
      const { token: one, ...account } = await client.newSession();
      const [two, three] = [await client.login(account), await client.login(account)];
      const first = await client.delete(`/user/sessions/${sidOf(two)}`, { bearer: one });
      const change = await client.put('/user', {
        bearer: nextToken(first) ?? '',
        json: { password: 'something new' },
      });
      expect([first.status, change.status]).toEqual([200, 200]);
      for (const bearer of [two, three]) {
        const answer = await client.get('/user', { bearer });
        expect([answer.status, nextToken(answer)]).toEqual([401, null]);
      }
    });
  });

  it('goes on with the token of the answer after a new password', async () => {
    const { token } = await client.newSession();
    const answer = await client.put('/user', {
      bearer: token,
      json: { password: 'something new' },
    });
    const next = answer.body.token as string;
    expect([answer.status, nextToken(answer)]).toEqual([200, next]);
    expect((await client.get('/user', { bearer: token })).status).toBe(401);
    const use = await client.get('/user', { bearer: next });
    expect([use.status, claimsOf(next).sid]).toEqual([200, claimsOf(token).sid]);
  });

  it('is not harmed by a token that was used up, wherever that is sent again', async () => {
    const { token } = await client.newSession();
    const next = nextToken(await client.get('/user', { bearer: token })) ?? '';
    for (const route of GUARDED_ROUTES) {
      const answer = await present(client, route, token);
      expect([route.path, answer.status, nextToken(answer)]).toEqual([route.path, 401, null]);
    }
    expect((await client.get('/user', { bearer: next })).status).toBe(200);
  });

  it('knows no retries: the reuse interval does not apply', async () => {
    const { token } = await client.newSession();
    const next = await renewed(client, token);
    expect((await renew(client, token)).status).toBe(401);
    expect((await renew(client, next)).status).toBe(200);
  });

  it('is not lost to a renewal or log-out whose body is refused', async () => {
    let { token } = await client.newSession();
    for (const path of ['/renew_token', '/logout']) {
      const answer = await client.post(path, { bearer: token, json: { role: 'admin' } });
      expect(answer.status).toBe(400);
      token = await renewed(client, nextToken(answer) ?? token);
    }
  });

  it('is shown as one, whichever of its tokens came last', async () => {
    const { token, ...account } = await client.newSession();
    await client.login(account);
    const { body } = await client.get('/user/sessions', { bearer: await renewed(client, token) });
    expect(body.sessions).toHaveLength(2);
    expect(body.sessions.filter(({ current }: { current: boolean }) => current)).toMatchObject([
      { id: claimsOf(token).sid },
    ]);
  });

  it('is not begun, nor needed, by a password in HTTP Basic', async () => {
    const { username, password } = await client.register();
    const basic = `${username}:${password}`;
    const resource = await client.get('/api/resource', { basic });
    expect([resource.status, nextToken(resource)]).toEqual([200, null]);
    const login = await client.get('/api/token', { basic });
    expect([login.status, nextToken(login)]).toEqual([200, null]);
    const use = await client.get('/api/resource', { basic: `${login.body.token}:` });
    expect([use.status, nextToken(use)]).toEqual([200, expect.any(String)]);
  });
});

describeOnEachBackend('A token for a single use that has expired', (start) => {
  let client: Client;
  let account: Account;
  const tokens: string[] = [];
  const another = () => tokens.pop() ?? '';

  beforeAll(async () => {
    ({ client } = await start({ TOKEN_SINGLE_USE: 'true', TOKEN_TTL: '2' }));
    account = await client.register();
    tokens.push(...(await atOnce(3, () => client.login(account))));
    await untilSecond(Math.max(...tokens.map((token) => datesOf(token).exp)));
  });

  it('is renewed once, within the grace', async () => {
    const token = another();
    const answer = await renew(client, token);
    expect([answer.status, nextToken(answer)]).toEqual([200, answer.body.token]);
    expect((await renew(client, token)).status).toBe(401);
    expect(await renewed(client, answer.body.token as string)).toEqual(expect.any(String));
  });

  it('is not used up by a use, which is refused', async () => {
    const token = another();
    const answer = await client.get('/user', { bearer: token });
    expect([answer.status, nextToken(answer)]).toEqual([401, null]);
    await renewed(client, token);
  });

  it('logs out, within the grace', async () => {
    const token = another();
    const answer = await client.post('/logout', { bearer: token });
    expect([answer.status, nextToken(answer)]).toEqual([200, null]);
    expect((await renew(client, token)).status).toBe(401);
  });
});

it('A token for a single use, of a session that has ended in its row alone, is refused', async () => {
  const url = await newPostgresDatabase();
  const { client } = await Server.start({ DATABASE_URL: url, TOKEN_SINGLE_USE: 'true' });
  const { token } = await client.newSession();
  const rows = new pg.Client({ connectionString: url });
  await rows.connect();
  await rows.query('UPDATE sessions SET ended_at_ms = 1');
  await rows.end();
  const answer = await client.get('/user', { bearer: token });
  expect([answer.status, nextToken(answer)]).toEqual([401, null]);
});
