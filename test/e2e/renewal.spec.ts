import { setTimeout as sleep } from 'node:timers/promises';
import { newPrivateKey } from '../../src/config/new-keys.js';
import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, type Account, type Answer, type Client } from '../support/client.js';
import {
  atOnce,
  datesOf,
  GUARDED_ROUTES,
  pastHalfLife,
  present,
  renew,
  renewed,
  untilSecond,
} from '../support/tokens.js';

type Ask = (client: Client, token: string, username: string) => Promise<Answer>;

/** Tokens of a key pair: all else is tried with a secret. */
const SIGNING_KEY = newPrivateKey('ES256');

/** What is the same however often a token is signed. */
function idOf(token: unknown): string {
  const { jti, exp } = claimsOf(String(token));
  return `${jti} ${exp}`;
}

/** The requests that answer the token to use next. */
const softRenewals: [string, Ask][] = [
  ['GET /user', (client, bearer) => client.get('/user', { bearer })],
  ['PUT /user', (client, bearer, username) => client.put('/user', { bearer, json: { username } })],
  ['POST /validate_token', (client, bearer) => client.post('/validate_token', { bearer })],
  ['the token in the body', (client, token) => client.post('/validate_token', { json: { token } })],
  ['GET /api/token', (client, token) => client.get('/api/token', { basic: `${token}:` })],
];

describeOnEachBackend('Soft renewal', (start) => {
  let client: Client;
  let account: Account;

  beforeAll(async () => {
    ({ client } = await start({ SIGNING_KEY, TOKEN_TTL: '14', TOKEN_REUSE_INTERVAL: '60' }));
    account = await client.register();
  });

  // `GET /api/token` gives the next one at any age.
  const youngOnes = softRenewals.filter(([name]) => name !== 'GET /api/token');

  it.each(youngOnes)('answers the own token while it has plenty of life: %s', async (_, ask) => {
    const token = await client.login(account);
    const { status, body } = await ask(client, token, account.username);
    expect([status, body.token]).toEqual([200, token]);
  });

  describe('once less than half of its life is left', () => {
    const tokens: string[] = [];
    /** A token that no other test uses. */
    const another = () => tokens.pop() ?? '';

    let replaced: string;
    let replacement: string;

    beforeAll(async () => {
      replaced = await client.login(account);
      replacement = await renewed(client, replaced);
      tokens.push(...(await atOnce(softRenewals.length + 5, () => client.login(account))));
      await untilSecond(Math.max(...tokens.map(pastHalfLife)));
    });

    it.each(softRenewals)('gives a later token of the same session: %s', async (_, ask) => {
      const token = another();
      const { status, body } = await ask(client, token, account.username);
      expect(status).toBe(200);
      const { jti, iat, exp, ...lasting } = claimsOf(token);
      expect(claimsOf(body.token as string)).toMatchObject(lasting);
      expect(claimsOf(body.token as string).jti).not.toBe(jti);
      expect(datesOf(body.token as string).iat).toBeGreaterThan(Number(iat));
      expect(datesOf(body.token as string).exp).toBeGreaterThan(Number(exp));
      expect(await client.accepts(body.token as string)).toBe(true);
      expect(await client.accepts(token)).toBe(true);
    });

    it('gives two tabs the same token, at once or one after the other', async () => {
      const token = another();
      const tabs = [...softRenewals, ...softRenewals];
      const answers = await Promise.all(
        tabs.map(([, ask]) => ask(client, token, account.username)),
      );
      answers.push(await client.get('/user', { bearer: token }));
      const ids = answers.map(({ body }) => idOf(body.token));
      expect(new Set(ids).size).toBe(1);
      expect(ids[0]).not.toBe(idOf(token));
    });

    it('answers the new token for itself', async () => {
      const { body } = await client.get('/user', { bearer: another() });
      const again = await client.get('/user', { bearer: body.token as string });
      expect(idOf(again.body.token)).toBe(idOf(body.token));
    });

    it('agrees with a hard renewal beside it', async () => {
      const token = another();
      const answers = await atOnce(10, (tab) =>
        tab % 2 ? renew(client, token) : client.get('/user', { bearer: token }),
      );
      expect(new Set(answers.map(({ body }) => idOf(body.token))).size).toBe(1);
    });

    it('makes the newest afresh for an older one too, and by a hard renewal', async () => {
      const fresh = await renewed(client, replaced);
      expect(idOf(fresh)).not.toBe(idOf(replacement));
      expect(datesOf(fresh).exp).toBeGreaterThan(datesOf(replacement).exp);
      expect(idOf((await client.get('/user', { bearer: replaced })).body.token)).toBe(idOf(fresh));
      expect(idOf((await client.get('/user', { bearer: replacement })).body.token)).toBe(
        idOf(fresh),
      );
    });

    it('leaves the old one alive until its own end and no longer', async () => {
      const token = another();
      const { body } = await client.get('/user', { bearer: token });
      expect(await client.accepts(token)).toBe(true);
      await untilSecond(datesOf(token).exp);
      expect(await client.accepts(token)).toBe(false);
      expect(await client.accepts(body.token as string)).toBe(true);
    });
  });
});

/** The first use of a token is noted beside the request. */
const NOTED_MS = 300;

describeOnEachBackend('Hard renewal', (start) => {
  const REUSE_INTERVAL_MS = 2_000;
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({
      SIGNING_KEY,
      TOKEN_REUSE_INTERVAL: String(REUSE_INTERVAL_MS / 1000),
    }));
  });

  it('gives a new token of the same session at any time', async () => {
    const { token } = await client.newSession();
    const { status, body } = await renew(client, token);
    expect([status, Object.keys(body)]).toEqual([200, ['token', 'duration']]);
    const { jti, iat, exp, ...lasting } = claimsOf(token);
    const claims = claimsOf(body.token as string);
    expect(claims).toMatchObject(lasting);
    expect(claims.jti).not.toBe(jti);
    expect(claims.iat).toBeGreaterThanOrEqual(Number(iat));
    expect(claims.exp).toBeGreaterThanOrEqual(Number(exp));
    expect(await client.accepts(body.token as string)).toBe(true);
  });

  it('goes on from token to token, and auth_time stays that of the log-in', async () => {
    const { token } = await client.newSession();
    await untilSecond(datesOf(token).iat + 1);
    const chain = [token];
    for (let i = 0; i < 3; i += 1) chain.push(await renewed(client, chain.at(-1) ?? ''));
    expect(new Set(chain.map((each) => claimsOf(each).jti)).size).toBe(4);
    expect(new Set(chain.map((each) => claimsOf(each).sid)).size).toBe(1);
    expect(chain.map((each) => datesOf(each).authTime)).toEqual(
      chain.map(() => datesOf(token).iat),
    );
  });

  it('answers a retry within the reuse interval with the same token (S51)', async () => {
    const { token } = await client.newSession();
    const next = await renewed(client, token);
    expect(idOf(await renewed(client, token))).toBe(idOf(next));
    expect(await client.accepts(token)).toBe(true);
    expect(idOf((await client.get('/user', { bearer: token })).body.token)).toBe(idOf(next));
  });

  it('answers a retry with the newest token, also if that was renewed since', async () => {
    const { token } = await client.newSession();
    const newest = await renewed(client, await renewed(client, token));
    expect(idOf(await renewed(client, token))).toBe(idOf(newest));
  });

  describe('after the reuse interval', () => {
    let account: Account;
    const replaced: { token: string; next: string }[] = [];
    /** A token that died, and the one that replaced it, for one test alone. */
    const another = () => replaced.pop() ?? { token: '', next: '' };

    beforeAll(async () => {
      account = await client.register();
      const tokens = await atOnce(4, () => client.login(account));
      for (const token of tokens) replaced.push({ token, next: await renewed(client, token) });
      await sleep(REUSE_INTERVAL_MS / 2);
      // Retries do not prolong the life of what they present.
      for (const { token, next } of replaced)
        expect(idOf(await renewed(client, token))).toBe(idOf(next));
      await sleep(REUSE_INTERVAL_MS / 2 + 100);
    });

    it('lets the old token die and the new one live (S51)', async () => {
      const { token, next } = another();
      expect([await client.accepts(token), await client.accepts(next)]).toEqual([false, true]);
    });

    it('refuses the dead token wherever it is merely used, and ends nothing for it', async () => {
      const { token, next } = another();
      // A log-out takes what a renewal takes.
      const actsOnIt = ['/renew_token', '/logout'];
      for (const route of GUARDED_ROUTES.filter(({ path }) => !actsOnIt.includes(path))) {
        const { status } = await present(client, route, token);
        expect([route.method, route.path, status]).toEqual([route.method, route.path, 401]);
      }
      expect(await client.accepts(next)).toBe(true);
    });

    it('answers the newest for the dead token as long as that was never presented', async () => {
      const { token, next } = another();
      await sleep(NOTED_MS);
      expect(idOf(await renewed(client, token))).toBe(idOf(next));
      expect(idOf(await renewed(client, token))).toBe(idOf(next));
      expect([await client.accepts(token), await client.accepts(next)]).toEqual([false, true]);
    });

    it('takes the dead token as stolen if its follower was presented, and ends the session (S51)', async () => {
      const { token, next } = another();
      const elsewhere = await client.login(account);
      expect(await client.accepts(next)).toBe(true);
      await sleep(NOTED_MS);
      expect((await renew(client, token)).status).toBe(401);
      expect(await client.accepts(next)).toBe(false);
      expect((await renew(client, next)).status).toBe(401);

      const { sessions } = (await client.get('/user/sessions', { bearer: elsewhere })).body;
      const ids = sessions.map(({ id }: { id: string }) => id);
      expect(ids).toContain(claimsOf(elsewhere).sid);
      expect(ids).not.toContain(claimsOf(token).sid);
      const { events } = (await client.get('/user/events', { bearer: elsewhere })).body;
      expect(events).toContainEqual(
        expect.objectContaining({
          type: 'token.reuse_detected',
          outcome: 'failure',
          session_id: claimsOf(token).sid,
        }),
      );
    });
  });
});
