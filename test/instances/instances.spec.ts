import { claimsOf, type Account } from '../support/client.js';
import { startThree } from '../support/instances.js';
import type { Server } from '../support/server.js';

const ROUNDS = 300;

/** How often each of two users tries again after the answer to a log-out. */
const USES_AFTER = 3;

describe('Three instances', () => {
  let a: Server;
  let b: Server;
  let c: Server;
  let account: Account & { token: string };

  beforeAll(async () => {
    [a, b, c] = await startThree();
  });

  beforeEach(async () => {
    account = await a.client.newSession();
  });

  it('accept each other’s tokens', async () => {
    for (const { client } of [a, b, c]) expect(await client.accepts(account.token)).toBe(true);
  });

  it('refuse what one of them logged out', async () => {
    expect((await a.client.post('/logout', { bearer: account.token })).status).toBe(200);
    for (const { client } of [b, c, a]) expect(await client.accepts(account.token)).toBe(false);
  });

  it('renew a token to one and the same, wherever they are asked', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        [a, b, c][index % 3]!.client.post('/renew_token', { bearer: account.token }),
      ),
    );
    expect(new Set(answers.map(({ status, body }) => `${status} ${body.token}`)).size).toBe(1);
    expect(await b.client.accepts(answers[0]!.body.token)).toBe(true);
  });

  it('log in with the new password alone once one of them changed it', async () => {
    const elsewhere = await b.client.login(account);
    const change = { password: 'another good one', current_password: account.password };
    const { status, body } = await a.client.put('/user', { bearer: account.token, json: change });
    expect(status).toBe(200);
    for (const { client } of [b, c]) {
      expect(await client.accepts(account.token)).toBe(false);
      expect(await client.accepts(elsewhere)).toBe(false);
      expect(await client.accepts(body.token)).toBe(true);
      const { username, password } = account;
      const old = await client.post('/authenticate_user', { json: { username, password } });
      expect(old.status).toBe(401);
      await client.login({ username, password: change.password });
    }
  });

  it('show the new name as soon as one of them has answered the change', async () => {
    for (let round = 0; round < 20; round += 1) {
      const username = `${account.username}-${round}`;
      const answer = await a.client.put('/user', { bearer: account.token, json: { username } });
      expect(answer.status).toBe(200);
      const seen = await Promise.all(
        [b, c].map(({ client }) => client.get('/user', { bearer: account.token })),
      );
      expect(seen.map(({ body }) => body.user.username)).toEqual([username, username]);
    }
  });

  it('know nothing of an account that one of them deleted', async () => {
    expect((await c.client.delete('/user', { bearer: account.token })).status).toBe(200);
    for (const { client } of [a, b]) {
      expect(await client.accepts(account.token)).toBe(false);
      const { username, password } = account;
      const { status } = await client.post('/authenticate_user', { json: { username, password } });
      expect(status).toBe(401);
    }
  });

  it('list the sessions that began on each of them, and end them', async () => {
    const tokens = [account.token, await b.client.login(account), await c.client.login(account)];
    const { body } = await c.client.get('/user/sessions', { bearer: tokens[0]! });
    const ids = (body.sessions as { id: string }[]).map(({ id }) => id);
    expect(ids.sort()).toEqual(tokens.map((token) => String(claimsOf(token).sid)).sort());
    const sid = String(claimsOf(tokens[1]!).sid);
    const ended = await c.client.delete(`/user/sessions/${sid}`, { bearer: tokens[2]! });
    expect(ended.status).toBe(200);
    expect(await b.client.accepts(tokens[1]!)).toBe(false);
    expect(await a.client.accepts(tokens[0]!)).toBe(true);
  });

  it(`accept no token on one after another has answered its log-out, in ${ROUNDS} rounds (S45)`, async () => {
    let acceptedBefore = 0;
    const acceptedAfter: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const token = await a.client.login(account);
      let isLoggedOut = false;
      const use = async (): Promise<void> => {
        // The last ones begin when the answer is there, whatever the ones before were told.
        for (let usesAfter = 0; usesAfter < USES_AFTER;) {
          const startedAfter = isLoggedOut;
          const isAccepted = await b.client.accepts(token);
          if (startedAfter) usesAfter += 1;
          if (startedAfter && isAccepted) acceptedAfter.push(round);
          if (!startedAfter && isAccepted) acceptedBefore += 1;
        }
      };
      const loops = [use(), use()];
      const { status } = await a.client.post('/logout', { bearer: token });
      isLoggedOut = status === 200;
      expect(isLoggedOut).toBe(true);
      await Promise.all(loops);
    }
    expect(acceptedBefore).toBeGreaterThan(ROUNDS / 10);
    expect(acceptedAfter).toEqual([]);
  }, 300_000);
});
