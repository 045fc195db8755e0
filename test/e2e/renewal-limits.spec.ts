import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, type Account, type Client } from '../support/client.js';
import {
  atOnce,
  datesOf,
  GUARDED_ROUTES,
  logOut,
  pastHalfLife,
  present,
  renew,
  renewed,
  untilSecond,
} from '../support/tokens.js';

describeOnEachBackend('A token that has expired', (start) => {
  const GRACE_SECONDS = 4;
  let client: Client;
  let account: Account;
  const tokens: string[] = [];
  /** A token that no other test uses. */
  const another = () => tokens.pop() ?? '';

  const ask = (path: string, bearer: string) => client.post(path, { bearer });

  beforeAll(async () => {
    const variables = { TOKEN_TTL: '2', TOKEN_REUSE_INTERVAL: '1' };
    ({ client } = await start({ ...variables, TOKEN_RENEW_GRACE: String(GRACE_SECONDS) }));
    account = await client.register();
  });

  describe('less than the grace ago', () => {
    let loggedOut: string;
    let replaced: string;
    let replacement: string;

    beforeAll(async () => {
      loggedOut = await client.login(account);
      await logOut(client, loggedOut);
      replaced = await client.login(account);
      replacement = await renewed(client, replaced);
      expect(await client.accepts(replacement)).toBe(true);
      tokens.push(...(await atOnce(8, () => client.login(account))));
      await untilSecond(Math.max(...tokens.map((token) => datesOf(token).exp)));
    });

    it('is renewed from the header', async () => {
      const token = another();
      const next = await renewed(client, token);
      expect(claimsOf(next).sid).toBe(claimsOf(token).sid);
      expect(datesOf(next).authTime).toBe(datesOf(token).authTime);
    });

    it('is renewed from the body', async () => {
      expect((await client.post('/renew_token', { json: { token: another() } })).status).toBe(200);
    });

    it('is renewed to the same token by everybody who asks at once', async () => {
      const token = another();
      const answers = await atOnce(10, () => renew(client, token));
      expect(new Set(answers.map(({ body }) => body.token as string)).size).toBe(1);
    });

    it('logs out, and is not renewed then', async () => {
      const token = another();
      await logOut(client, token);
      expect((await renew(client, token)).status).toBe(401);
    });

    it('logs out what it was renewed to', async () => {
      const token = another();
      const next = await renewed(client, token);
      await logOut(client, token);
      expect((await renew(client, next)).status).toBe(401);
    });

    it('is not renewed if it was logged out while it lived', async () => {
      expect((await renew(client, loggedOut)).status).toBe(401);
      expect((await ask('/logout', loggedOut)).status).toBe(401);
    });

    it('is taken as stolen if it was replaced, and its follower presented', async () => {
      expect((await renew(client, replaced)).status).toBe(401);
      expect((await renew(client, replacement)).status).toBe(401);
    });

    it('is good for nothing else, and none the worse for the attempt', async () => {
      const token = another();
      const others = GUARDED_ROUTES.filter(({ path }) => !/renew_token|logout/.test(path));
      for (const route of others) {
        const { status } = await present(client, route, token);
        expect([route.method, route.path, status]).toEqual([route.method, route.path, 401]);
      }
      await renewed(client, token);
    });
  });

  it('as long as the grace ago is neither renewed nor logged out, nor taken for stolen (S49)', async () => {
    const token = another();
    const next = await renewed(client, token);
    await untilSecond(datesOf(token).exp + GRACE_SECONDS);
    for (const path of ['/renew_token', '/logout']) {
      const { status, headers } = await ask(path, token);
      expect([path, status]).toEqual([path, 401]);
      expect(headers.get('www-authenticate')).toContain('error="invalid_token"');
    }
    await renewed(client, next);
  });
});

describeOnEachBackend('The end of a session', (start) => {
  const MAX_AGE_SECONDS = 7;
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({ TOKEN_TTL: '6', SESSION_MAX_AGE: String(MAX_AGE_SECONDS) }));
  });

  it('is outlived by no token, put off by no renewal and known to the soft renewal (S49)', async () => {
    const first = await client.newSession();
    const { authTime, exp } = datesOf(first.token);
    const end = authTime + MAX_AGE_SECONDS;
    expect(exp).toBe(authTime + 6);

    await untilSecond(authTime + 2);
    const cut = await renewed(client, first.token);
    expect(datesOf(cut).exp).toBe(end);

    await untilSecond(pastHalfLife(cut));
    const soft = await client.get('/user', { bearer: cut });
    expect([soft.status, soft.body.token]).toEqual([200, cut]);
    const last = await renewed(client, cut);
    expect(datesOf(last)).toMatchObject({ exp: end, authTime });

    await untilSecond(end);
    for (const token of [first.token, cut, last]) {
      expect(await client.accepts(token)).toBe(false);
      expect((await renew(client, token)).status).toBe(401);
      expect((await client.post('/logout', { bearer: token })).status).toBe(401);
    }
    const { sessions } = (await client.get('/user/sessions', { bearer: await client.login(first) }))
      .body;
    expect(sessions).toHaveLength(1);
  });

  it('cuts the very first token if it comes sooner than its expiry', async () => {
    const brief = await start({ TOKEN_TTL: '60', SESSION_MAX_AGE: '5' });
    const { authTime, exp } = datesOf((await brief.client.newSession()).token);
    expect(exp).toBe(authTime + 5);
  });
});

describeOnEachBackend('A restart of the service', (start) => {
  it('leaves tokens alive, renewals repeatable and ended sessions dead', async () => {
    // Longer than any restart, so that the replaced token may still be renewed after it.
    const server = await start({ TOKEN_REUSE_INTERVAL: '3600' });
    const { client } = server;
    const { token: ended } = await client.newSession();
    const { token: old, username } = await client.newSession();
    const next = await renewed(client, old);
    await logOut(client, ended);

    await server.restart();
    const { status, body } = await client.get('/user', { bearer: next });
    expect([status, body.user.username, body.token]).toEqual([200, username, next]);
    expect(await renewed(client, old)).toBe(next);
    expect(await client.accepts(ended)).toBe(false);
    expect((await renew(client, ended)).status).toBe(401);
  });
});
