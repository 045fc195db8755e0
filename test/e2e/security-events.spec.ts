import { describeOnEachDatabase } from '../support/backends.js';
import { claimsOf, type Client } from '../support/client.js';
import { logOut, pastHalfLife, renewed, untilSecond } from '../support/tokens.js';

interface SecurityEvent {
  id: number;
  type: string;
  at: string;
  address: string;
  user_agent: string | null;
  session_id: string | null;
  outcome: string;
}

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const sidOf = (token: string) => String(claimsOf(token).sid);

async function page(
  client: Client,
  token: string,
  query = '',
): Promise<{ events: SecurityEvent[]; next_cursor: string | null }> {
  const { status, body } = await client.get(`/user/events${query}`, { bearer: token });
  expect(status).toBe(200);
  return body;
}

/** What happened to an account, oldest first: type, outcome and session. */
async function story(client: Client, token: string): Promise<unknown[]> {
  const { events } = await page(client, token, '?limit=100');
  return events.reverse().map(({ type, outcome, session_id }) => [type, outcome, session_id]);
}

describeOnEachDatabase('Security events of renewals that were due', (start) => {
  it('tell of each token that was made, and of no repeat', async () => {
    const { client } = await start({ TOKEN_TTL: '6' });
    const { token } = await client.newSession();
    const tokens = [token];
    for (let i = 0; i < 3; i += 1) {
      const newest = tokens.at(-1) ?? '';
      await untilSecond(pastHalfLife(newest));
      tokens.push(await renewed(client, newest));
      expect(await renewed(client, newest)).toBe(tokens.at(-1));
    }
    const told = ['token.renewed', 'success', sidOf(token)];
    expect((await story(client, tokens.at(-1) ?? '')).slice(2)).toEqual([told, told, told]);
  });
});

describeOnEachDatabase('Security events', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start());
  });

  it('tell of the registration and the log-in, with time and place', async () => {
    const before = Date.now();
    const { token } = await client.newSession();
    const { events, next_cursor } = await page(client, token);
    const common = {
      id: expect.any(Number),
      at: expect.stringMatching(ISO_DATE),
      address: '127.0.0.1',
      user_agent: expect.any(String),
      outcome: 'success',
    };
    expect(next_cursor).toBeNull();
    expect(events).toEqual([
      { ...common, type: 'login.succeeded', session_id: sidOf(token) },
      { ...common, type: 'account.registered', session_id: null },
    ]);
    for (const { at } of events) {
      expect(Date.parse(at)).toBeGreaterThanOrEqual(before);
      expect(Date.parse(at)).toBeLessThanOrEqual(Date.now());
    }
  });

  it('tell of failed log-ins, by JSON and by HTTP Basic (S23)', async () => {
    const account = await client.register();
    const { username } = account;
    const wrong = { username: username.toUpperCase(), password: 'wrong' };
    expect((await client.post('/authenticate_user', { json: wrong })).status).toBe(401);
    expect((await client.get('/api/resource', { basic: `${username}:` })).status).toBe(401);
    expect((await client.get('/api/token', { basic: `${username}:wrong` })).status).toBe(401);
    const token = await client.login(account);
    expect(await story(client, token)).toEqual([
      ['account.registered', 'success', null],
      ['login.failed', 'failure', null],
      ['login.failed', 'failure', null],
      ['login.failed', 'failure', null],
      ['login.succeeded', 'success', sidOf(token)],
    ]);
  });

  it('tell of log-ins by HTTP Basic', async () => {
    const { username, password } = await client.register();
    const basic = `${username}:${password}`;
    expect((await client.get('/api/resource', { basic })).status).toBe(200);
    const token = (await client.get('/api/token', { basic })).body.token as string;
    expect(await story(client, token)).toEqual([
      ['account.registered', 'success', null],
      ['login.succeeded', 'success', null],
      ['login.succeeded', 'success', sidOf(token)],
    ]);
  });

  it('tell of one renewal a minute in each session, of those that were not due', async () => {
    const { token, ...account } = await client.newSession();
    const other = await renewed(client, await client.login(account));
    let newest = token;
    for (let i = 0; i < 5; i += 1) newest = await renewed(client, newest);
    expect((await story(client, newest)).slice(3)).toEqual([
      ['token.renewed', 'success', sidOf(other)],
      ['token.renewed', 'success', sidOf(token)],
    ]);
  });

  it('tell of a new name, a new password and a wrong current one', async () => {
    const { token, username, password } = await client.newSession();
    await client.put('/user', { bearer: token, json: { username: `${username}-2` } });
    const refused = { password: 'something new', current_password: 'wrong' };
    expect((await client.put('/user', { bearer: token, json: refused })).status).toBe(400);
    const json = { password: 'something new', current_password: password };
    const { body } = await client.put('/user', { bearer: token, json });
    expect((await story(client, body.token as string)).slice(2)).toEqual([
      ['username.changed', 'success', sidOf(token)],
      ['login.failed', 'failure', sidOf(token)],
      ['password.changed', 'success', sidOf(token)],
    ]);
  });

  it('tell of sessions that were ended: by log-out, one by one and all', async () => {
    const { token: one, ...account } = await client.newSession();
    const [two, three] = [await client.login(account), await client.login(account)];
    await logOut(client, one);
    await client.delete(`/user/sessions/${sidOf(two)}`, { bearer: three });
    await client.delete('/user/sessions', { bearer: three });
    const last = await client.login(account);
    expect((await story(client, last)).slice(4)).toEqual([
      ['session.ended', 'success', sidOf(one)],
      ['session.ended', 'success', sidOf(two)],
      ['sessions.ended', 'success', sidOf(three)],
      ['login.succeeded', 'success', sidOf(last)],
    ]);
  });

  it('are those of the account alone, also if its name had another owner', async () => {
    const { token: first, username } = await client.newSession();
    await client.post('/authenticate_user', { json: { username, password: 'wrong' } });
    await client.delete('/user', { bearer: first });
    const { token } = await client.newSession({ username });
    const { token: stranger } = await client.newSession();
    const types = (await story(client, token)).map((event) => (event as string[])[0]);
    expect(types).toEqual(['account.registered', 'login.succeeded']);
    const { events } = await page(client, stranger, `?limit=100&cursor=999999999`);
    expect(events).toHaveLength(2);
    const [newest] = (await page(client, token)).events;
    expect(events.map(({ id }) => id)).not.toContain(newest?.id);
  });

  it('name no password and no token', async () => {
    const { token, password } = await client.newSession();
    await client.get('/api/resource', { basic: `${token}:` });
    const { text } = await client.get('/user/events', { bearer: await renewed(client, token) });
    for (const secret of [password, token, String(claimsOf(token).jti)]) {
      expect(text).not.toContain(secret);
    }
  });

  describe('come in pages', () => {
    let token: string;

    beforeAll(async () => {
      const account = await client.newSession();
      ({ token } = account);
      for (let i = 0; i < 5; i += 1) await client.login(account);
    });

    it.each([1, 2, 3, 7, 8])('of %i, newest first, each event once', async (limit) => {
      const { events: all } = await page(client, token, '?limit=100');
      expect(all).toHaveLength(7);
      expect(all.map(({ id }) => id)).toEqual(all.map(({ id }) => id).sort((a, b) => b - a));
      const seen: SecurityEvent[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query: string = cursor && `&cursor=${cursor}`;
        const { events, next_cursor } = await page(client, token, `?limit=${limit}${query}`);
        expect(events.length).toBe(Math.min(limit, 7 - seen.length));
        seen.push(...events);
        cursor = next_cursor;
      }
      expect(seen).toEqual(all);
    });

    it('that stay the same while newer events come', async () => {
      const { token: first } = await client.newSession();
      const second = await renewed(client, first);
      const { events, next_cursor } = await page(client, second, '?limit=1');
      const before = await page(client, second, `?limit=1&cursor=${next_cursor}`);
      const third = await renewed(client, second);
      expect(await page(client, third, `?limit=1&cursor=${next_cursor}`)).toEqual(before);
      expect([...events, ...before.events].map(({ type }) => type)).toEqual([
        'token.renewed',
        'login.succeeded',
      ]);
    });

    it.each([
      ...['limit=0', 'limit=-1', 'limit=101', 'limit=2.5', 'limit=1e1', 'limit=many', 'limit='],
      ...['limit=99999999999999999999', 'limit=1&limit=2', 'limit[]=1', 'limit=%00'],
      ...['cursor=0', 'cursor=-1', 'cursor=none', 'cursor=', 'cursor=1.5', 'cursor=1&cursor=2'],
      ...['cursor=99999999999999999999', 'cursor=1%20OR%201=1', 'page=2'],
    ])('and not for ?%s', async (query) => {
      const { status, body } = await client.get(`/user/events?${query}`, { bearer: token });
      expect([status, body.type]).toEqual([400, '/problems/validation-failed']);
    });
  });
});
