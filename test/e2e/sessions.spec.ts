import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, type Account, type Client } from '../support/client.js';
import { atOnce, datesOf, logOut, renew, renewed, untilSecond } from '../support/tokens.js';

interface Session {
  id: string;
  current: boolean;
  created_at: string;
  renewed_at: string;
  expires_at: string;
  address: string;
  user_agent: string | null;
}

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const idOf = (token: string) => String(claimsOf(token).sid);

async function sessionsOf(client: Client, token: string): Promise<Session[]> {
  const { status, body } = await client.get('/user/sessions', { bearer: token });
  expect(status).toBe(200);
  return body.sessions as Session[];
}

const idsOf = async (client: Client, token: string) =>
  (await sessionsOf(client, token)).map(({ id }) => id);

describeOnEachBackend('Sessions', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({ TOKEN_TTL: '600' }));
  });

  /** Somebody with so many sessions, told by their tokens, oldest first. */
  async function loggedIn(times: number): Promise<{ account: Account; tokens: string[] }> {
    const account = await client.register();
    const tokens: string[] = [];
    while (tokens.length < times) tokens.push(await client.login(account));
    return { account, tokens };
  }

  describe('The list', () => {
    it('shows the own sessions, newest first, and which is the current one (S48)', async () => {
      const { tokens } = await loggedIn(3);
      const [one = '', two = '', three = ''] = tokens;
      await client.newSession();
      const sessions = await sessionsOf(client, two);
      expect(sessions.map(({ id, current }) => [id, current])).toEqual([
        [idOf(three), false],
        [idOf(two), true],
        [idOf(one), false],
      ]);
    });

    it('tells of each session when it began, when it expires, and from where', async () => {
      const { username, password } = await client.register();
      const before = Date.now();
      const { body } = await client.post('/authenticate_user', {
        json: { username, password },
        headers: { 'user-agent': 'Browser/1.0 (test)' },
      });
      const [session, ...others] = await sessionsOf(client, body.token as string);
      expect(others).toEqual([]);
      expect(session).toEqual({
        id: idOf(body.token as string),
        current: true,
        created_at: expect.stringMatching(ISO_DATE),
        renewed_at: session?.created_at,
        expires_at: expect.stringMatching(ISO_DATE),
        address: '127.0.0.1',
        user_agent: 'Browser/1.0 (test)',
      });
      const createdAt = Date.parse(session?.created_at ?? '');
      expect(createdAt).toBeGreaterThanOrEqual(before);
      expect(createdAt).toBeLessThanOrEqual(Date.now());
      expect(Date.parse(session?.expires_at ?? '')).toBe(datesOf(body.token as string).exp * 1000);
    });

    it('follows the renewals of a session, which change its dates alone', async () => {
      const { tokens } = await loggedIn(2);
      const [one = '', two = ''] = tokens;
      const [, before] = await sessionsOf(client, two);
      await untilSecond(datesOf(one).iat + 1);
      const next = await renewed(client, one);
      const [newest, after] = await sessionsOf(client, two);
      expect(newest?.id).toBe(idOf(two));
      expect(after).toEqual({
        ...before,
        renewed_at: after?.renewed_at,
        expires_at: after?.expires_at,
      });
      expect(Date.parse(after?.renewed_at ?? '')).toBeGreaterThan(
        Date.parse(before?.renewed_at ?? ''),
      );
      expect(Date.parse(after?.expires_at ?? '')).toBe(datesOf(next).exp * 1000);
    });

    it('counts log-ins by HTTP Basic that fetch a token, and no other use of a password', async () => {
      const { account, tokens } = await loggedIn(1);
      const basic = `${account.username}:${account.password}`;
      await client.get('/api/resource', { basic });
      const { body } = await client.get('/api/token', { basic });
      await client.get('/api/token', { basic: `${body.token}:` });
      const ids = await idsOf(client, tokens[0] ?? '');
      expect(ids).toEqual([idOf(body.token as string), idOf(tokens[0] ?? '')]);
    });

    it('leaves out what was logged out', async () => {
      const { tokens } = await loggedIn(2);
      const [one = '', two = ''] = tokens;
      await logOut(client, one);
      expect(await idsOf(client, two)).toEqual([idOf(two)]);
    });
  });

  describe('One session', () => {
    const end = (token: string, id: string) =>
      client.delete(`/user/sessions/${id}`, { bearer: token });

    it('is ended from another one, with every token it has (S48)', async () => {
      const { tokens } = await loggedIn(3);
      const [one = '', two = '', three = ''] = tokens;
      const next = await renewed(client, one);
      const { status, body } = await end(two, idOf(one));
      expect([status, body]).toEqual([200, { message: 'Session ended' }]);
      for (const dead of [one, next]) {
        expect(await client.accepts(dead)).toBe(false);
        expect((await renew(client, dead)).status).toBe(401);
      }
      expect([await client.accepts(two), await client.accepts(three)]).toEqual([true, true]);
      expect(await idsOf(client, two)).toEqual([idOf(three), idOf(two)]);
    });

    it('ends itself', async () => {
      const { tokens } = await loggedIn(2);
      const [one = '', two = ''] = tokens;
      expect((await end(one, idOf(one))).status).toBe(200);
      expect([await client.accepts(one), await client.accepts(two)]).toEqual([false, true]);
    });

    it('is unknown to others, and unharmed by them', async () => {
      const { token: stranger } = await client.newSession();
      const { token } = await client.newSession();
      const foreign = await end(stranger, idOf(token));
      const unknown = await end(stranger, 'AAAAAAAAAAAAAAAAAAAAAA');
      expect([foreign.status, unknown.status]).toEqual([404, 404]);
      expect(foreign.body).toEqual(unknown.body);
      expect(await client.accepts(token)).toBe(true);
    });

    it.each(['1', '%00', '%25', "'%20OR%20'1'='1", '..%2Fsessions', '%C3%A9', 'a'.repeat(60)])(
      'is unknown by the id %s',
      async (id) => {
        const { token } = await client.newSession();
        expect((await end(token, id)).status).toBe(404);
        expect(await client.accepts(token)).toBe(true);
      },
    );
  });

  it('end all at once, this one and those of no one else (S48)', async () => {
    const { account, tokens } = await loggedIn(3);
    const { token: stranger } = await client.newSession();
    const { status, body } = await client.delete('/user/sessions', { bearer: tokens[1] ?? '' });
    expect([status, body]).toEqual([200, { message: 'Logged out everywhere' }]);
    for (const token of tokens) {
      expect(await client.accepts(token)).toBe(false);
      expect((await renew(client, token)).status).toBe(401);
    }
    expect(await client.accepts(stranger)).toBe(true);
    expect(await sessionsOf(client, await client.login(account))).toHaveLength(1);
  });

  it('are listed if they live, and only then, also if all end while some begin', async () => {
    for (const delayMs of [20, 60, 100, 140]) {
      const { account, tokens } = await loggedIn(1);
      const [begun, { status }] = await Promise.all([
        atOnce(10, () => client.login(account)),
        sleep(delayMs).then(() => client.delete('/user/sessions', { bearer: tokens[0] ?? '' })),
      ]);
      expect(status).toBe(200);
      const last = await client.login(account);
      const isAlive = await Promise.all(begun.map((token) => client.accepts(token)));
      const alive = [last, ...begun.filter((_, index) => isAlive[index])];
      expect((await idsOf(client, last)).sort()).toEqual(alive.map(idOf).sort());
    }
  });
});
