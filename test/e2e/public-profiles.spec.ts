import { describeOnEachBackend } from '../support/backends.js';
import type { Client } from '../support/client.js';
import { growth } from '../support/scrape.js';
import type { Server } from '../support/server.js';
import { eventually } from '../support/eventually.js';

const BASIC = 'Basic realm="Authentication Required"';
const BEARER = 'Bearer realm="gatehouse"';

describeOnEachBackend('GET /api/users/:id with PUBLIC_PROFILES=false', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start({ PUBLIC_PROFILES: 'false', LOGIN_MAX_FAILURES: '2' });
    ({ client } = server);
  });

  it('takes a password, a token as username, and a Bearer token', async () => {
    const { id, username, password, token } = await client.newSession();
    for (const options of [
      { basic: `${username}:${password}` },
      { basic: `${token}:` },
      { bearer: token },
    ]) {
      const { status, body } = await client.get(`/api/users/${id}`, options);
      expect([status, body]).toEqual([200, { username }]);
    }
  });

  it('tells of a password that opened it: to the owner, in the log and in the metrics', async () => {
    const { id, username, password, token } = await client.newSession();
    const basic = `${username}:${password}`;
    const counted = await growth(client, /^gatehouse_logins_total/, async () => {
      const { headers } = await client.get(`/api/users/${id}`, { basic });
      await eventually(() => {
        const [line] = server.linesOf({ headers });
        expect(line).toMatchObject({ event: 'login.succeeded', userId: id });
      }, 5_000);
      // A token needs no password, and is no log-in.
      await client.get(`/api/users/${id}`, { basic: `${token}:` });
    });
    expect(counted).toEqual({ 'gatehouse_logins_total{outcome="succeeded"}': 1 });
    const { events } = (await client.get('/user/events', { bearer: token })).body;
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'login.succeeded',
      'login.succeeded',
      'account.registered',
    ]);
  });

  it('limits guessing, and tells of it (S23)', async () => {
    const { id, username, password, token } = await client.newSession();
    const statusFor = async (word: string) =>
      (await client.get(`/api/users/${id}`, { basic: `${username}:${word}` })).status;
    const counted = await growth(client, /^gatehouse_logins_total/, async () => {
      const statuses = [await statusFor('wrong'), await statusFor(''), await statusFor(password)];
      expect(statuses).toEqual([401, 401, 429]);
    });
    expect(counted).toEqual({
      'gatehouse_logins_total{outcome="failed"}': 2,
      'gatehouse_logins_total{outcome="throttled"}': 1,
    });
    const { events } = (await client.get('/user/events?limit=3', { bearer: token })).body;
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'login.throttled',
      'login.failed',
      'login.failed',
    ]);
  });

  it.each([
    ['no credentials', {}, `${BASIC}, ${BEARER}`],
    ['a wrong password', { basic: 'nobody:wrong' }, `${BASIC}, ${BEARER}`],
    [
      'a bad Bearer token',
      { bearer: 'e30.e30.e30' },
      `${BASIC}, ${BEARER}, error="invalid_token", ` +
        'error_description="Invalid or expired token"',
    ],
  ])('refuses %s, naming both ways', async (_, options, challenge) => {
    const { id } = await client.register();
    const { status, headers } = await client.get(`/api/users/${id}`, options);
    expect([status, headers.get('www-authenticate')]).toEqual([401, challenge]);
  });
});
