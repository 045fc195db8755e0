import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, uniqueName, type Account, type Answer, type Client } from '../support/client.js';
import { atOnce, logOut, renew } from '../support/tokens.js';

/** Failures are part of these races: no limit on them shall end one early. */
const NO_LIMITS = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };

/** How many answers had which status. */
function tally(answers: Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

const tokensOf = (answers: Answer[]) =>
  answers.filter(({ status }) => status === 200).map(({ body }) => body.token as string);

/** Those of the tokens that are still accepted, for use or for renewal. */
async function survivors(client: Client, tokens: string[]): Promise<string[]> {
  const isAlive = await Promise.all(
    tokens.map(
      async (token) => (await client.accepts(token)) || (await renew(client, token)).status === 200,
    ),
  );
  return tokens.filter((_, index) => isAlive[index]);
}

describeOnEachBackend('Many requests at once', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start(NO_LIMITS));
  });

  it('end sessions of their own alone, each told what became of it', async () => {
    const owner = await client.newSession();
    const other = await client.newSession();
    const tokens = await atOnce(20, () => client.login(owner));
    const ids = tokens.map((token) => String(claimsOf(token).sid));
    const endAll = (bearer: string) =>
      ids.map((id) => client.delete(`/user/sessions/${id}`, { bearer }));
    const [strangers, owners] = await Promise.all([
      Promise.all(endAll(other.token)),
      Promise.all(endAll(owner.token)),
    ]);
    expect(tally(strangers)).toEqual({ 404: 20 });
    expect(tally(owners)).toEqual({ 200: 20 });
    const events = async ({ token }: { token: string }) =>
      (await client.get('/user/events?limit=100', { bearer: token })).body.events.filter(
        ({ type }: { type: string }) => type === 'session.ended',
      );
    expect(await events(owner)).toHaveLength(20);
    expect(await events(other)).toHaveLength(0);
    expect(await survivors(client, tokens)).toEqual([]);
  });

  it('renew a token to one and the same (S51, S84)', async () => {
    let { token } = await client.newSession();
    for (let round = 0; round < 3; round += 1) {
      const answers = await atOnce(50, () => renew(client, token));
      expect(tally(answers)).toEqual({ 200: 50 });
      const claims = tokensOf(answers).map(claimsOf);
      expect(new Set(claims.map(({ jti }) => jti)).size).toBe(1);
      expect(new Set(claims.map(({ exp }) => exp)).size).toBe(1);
      expect(claims[0]?.jti).not.toBe(claimsOf(token).jti);
      token = tokensOf(answers)[0] ?? '';
    }
    expect(await client.accepts(token)).toBe(true);
  });

  it('rename an account, and all its sessions show the name that stayed', async () => {
    const account = await client.newSession();
    const tokens = [account.token, ...(await atOnce(4, () => client.login(account)))];
    for (let round = 0; round < 3; round += 1) {
      const renames = await atOnce(10, (index) =>
        client.put('/user', {
          bearer: tokens[index % tokens.length] ?? '',
          json: { username: uniqueName() },
        }),
      );
      expect(tally(renames)).toEqual({ 200: 10 });
      const users = await Promise.all(tokens.map((bearer) => client.get('/user', { bearer })));
      const shown = new Set(users.map(({ body }) => body.user.username as string));
      const profile = await client.post('/authenticate_user', {
        json: { username: [...shown][0], password: account.password },
      });
      expect([shown.size, profile.status]).toEqual([1, 200]);
    }
  });

  it('register a name once, however it is spelled (S14, S84)', async () => {
    const name = uniqueName('josé');
    const spellings = [
      name,
      name.toUpperCase(),
      name.normalize('NFD'),
      name.replace('j', '\uff4a'), // fullwidth
    ];
    const answers = await atOnce(40, (index) => {
      const username = spellings[index % spellings.length];
      return client.post('/user', { json: { username, password: `password ${index}` } });
    });
    const { 201: created, 409: taken = 0, 503: overloaded = 0, ...others } = tally(answers);
    expect([created, taken + overloaded, others]).toEqual([1, 39, {}]);

    const winner = answers.findIndex(({ status }) => status === 201);
    const logIn = (index: number) =>
      client.post('/authenticate_user', {
        json: { username: name, password: `password ${index}` },
      });
    expect((await logIn(winner)).status).toBe(200);
    expect((await logIn((winner + 1) % 40)).status).toBe(401);
  });

  it('are all refused that start after a log-out was answered (S45)', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { token } = await client.newSession();
      const seen: { startedAt: number; status: number }[] = [];
      let over = false;
      const callers = atOnce(20, async () => {
        while (!over) {
          const startedAt = performance.now();
          const { status } = await client.get('/user', { bearer: token });
          seen.push({ startedAt, status });
        }
      });
      while (seen.length < 40) await client.get('/health/live');
      await logOut(client, token);
      const endedAt = performance.now();
      while (seen.filter(({ startedAt }) => startedAt > endedAt).length < 40) {
        await client.get('/health/live');
      }
      over = true;
      await callers;
      const late = seen.filter(({ startedAt }) => startedAt > endedAt);
      expect(new Set(late.map(({ status }) => status))).toEqual(new Set([401]));
      expect(seen).toContainEqual(expect.objectContaining({ status: 200 }));
    }
  });

  describe('leave no token of an ended session alive: renewals beside', () => {
    type End = (own: string, other: string, account: Account) => Promise<Answer>;
    const ends: [string, End][] = [
      ['a log-out', (own) => client.post('/logout', { bearer: own })],
      [
        'the end of the session from elsewhere',
        (own, other) => client.delete(`/user/sessions/${claimsOf(own).sid}`, { bearer: other }),
      ],
      ['the end of all sessions', (_, other) => client.delete('/user/sessions', { bearer: other })],
      [
        'a new password from elsewhere',
        (_, other, { password }) =>
          client.put('/user', {
            bearer: other,
            json: { password: 'something new', current_password: password },
          }),
      ],
      ['the deletion of the account', (_, other) => client.delete('/user', { bearer: other })],
    ];

    it.each(ends)('%s', async (_, end) => {
      for (let round = 0; round < 3; round += 1) {
        const account = await client.newSession();
        const { token } = account;
        const other = await client.login(account);
        const renewals: Promise<Answer>[] = [];
        const chain = async (): Promise<void> => {
          for (let text: string | undefined = token; text;) {
            const answer: Promise<Answer> = renew(client, text);
            renewals.push(answer);
            text = tokensOf([await answer])[0];
          }
        };
        const chains = atOnce(5, chain);
        await Promise.all(renewals);
        const { status } = await end(token, other, account);
        expect(status).toBe(200);
        await chains;
        const answers = await Promise.all(renewals);
        expect(tally(answers)).toMatchObject({ 200: expect.any(Number), 401: expect.any(Number) });
        expect(await survivors(client, [token, ...tokensOf(answers)])).toEqual([]);
      }
    });
  });

  it('leave no session that the old password started beside its change (S47)', async () => {
    const logins: Answer[] = [];
    for (let round = 0; round < 3; round += 1) {
      const { username, password, token } = await client.newSession();
      const logIn = () => client.post('/authenticate_user', { json: { username, password } });
      const before = atOnce(6, logIn);
      const change = client.put('/user', {
        bearer: token,
        json: { password: 'something new', current_password: password },
      });
      const answers = [...(await atOnce(6, logIn)), ...(await before)];
      const { status, body } = await change;
      expect(status).toBe(200);
      expect(await survivors(client, [token, ...tokensOf(answers)])).toEqual([]);
      const { sessions } = (await client.get('/user/sessions', { bearer: body.token })).body;
      expect(sessions).toMatchObject([{ id: claimsOf(token).sid, current: true }]);
      logins.push(...answers);
    }
    const statuses = Object.keys(tally(logins));
    expect(statuses).toContain('200');
    expect(['200', '401', '503']).toEqual(expect.arrayContaining(statuses));
  });

  it('leave no way from a deleted account to the next one of that name', async () => {
    const account = await client.newSession();
    const [answers, { status }] = await Promise.all([
      atOnce(10, () => renew(client, account.token)),
      client.delete('/user', { bearer: account.token }),
    ]);
    expect(status).toBe(200);
    const next = await client.register({ username: account.username });
    expect(next.id).toBeGreaterThan(account.id);
    expect(await survivors(client, [account.token, ...tokensOf(answers)])).toEqual([]);
  });
});

describeOnEachBackend('Many requests at once when nothing is forgiven', (start) => {
  it('renew a token once and end its session, with TOKEN_REUSE_INTERVAL=0 (S51, S84)', async () => {
    const { client } = await start({ TOKEN_REUSE_INTERVAL: '0' });
    for (let round = 0; round < 3; round += 1) {
      const { token } = await client.newSession();
      const answers = await atOnce(50, () => renew(client, token));
      expect(tally(answers)).toEqual({ 200: 1, 401: 49 });
      expect(await client.accepts(tokensOf(answers)[0] ?? '')).toBe(false);
      expect(await client.accepts(token)).toBe(false);
    }
  });

  it('use a token once, with TOKEN_SINGLE_USE (S84)', async () => {
    const { client } = await start({ TOKEN_SINGLE_USE: 'true' });
    let { token } = await client.newSession();
    const requests = [
      (bearer: string) => client.get('/user', { bearer }),
      (bearer: string) => client.post('/validate_token', { bearer }),
      (bearer: string) => client.get('/user/sessions', { bearer }),
      (bearer: string) => client.get('/api/resource', { basic: `${bearer}:` }),
      (bearer: string) => renew(client, bearer),
    ];
    for (let round = 0; round < 3; round += 1) {
      const burst = Array.from({ length: 10 }, () => requests).flat();
      const answers = await Promise.all(burst.map((ask) => ask(token)));
      expect(tally(answers)).toEqual({ 200: 1, 401: 49 });
      token = answers.find(({ status }) => status === 200)?.headers.get('x-next-token') ?? '';
    }
    expect((await client.get('/user', { bearer: token })).status).toBe(200);
  });
});
