import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachBackend } from '../support/backends.js';
import { type Account, type Answer, type Client } from '../support/client.js';

const NEW_PASSWORD = 'battery staple';

/** Before or while the new password is hashed, or about when the change is written. */
const APART_MS = [-12, 0, 10, 15, 30, 50, 80];

describeOnEachBackend('Of two requests of one token that end what it proves', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start());
  });

  const statusOfLogin = async ({ username }: Account, password: string): Promise<number> =>
    (await client.post('/authenticate_user', { json: { username, password } })).status;

  const change = (bearer: string, { password: current_password }: Account, password: string) =>
    client.put('/user', { bearer, json: { password, current_password } });

  /** Sends the second so much later, or earlier. */
  async function apart(
    ms: number,
    first: () => Promise<Answer>,
    second: () => Promise<Answer>,
  ): Promise<[Answer, Answer]> {
    const after = async (waitMs: number, send: () => Promise<Answer>) => {
      await sleep(Math.max(0, waitMs));
      return send();
    };
    return Promise.all([after(-ms, first), after(ms, second)]);
  }

  it.each(APART_MS)('one changes the password or ends all sessions, %d ms apart', async (ms) => {
    const { token, ...account } = await client.newSession();
    const elsewhere = await client.login(account);
    const [changed, ended] = await apart(
      ms,
      () => change(token, account, NEW_PASSWORD),
      () => client.delete('/user/sessions', { bearer: token }),
    );
    expect([changed.status, ended.status].sort()).toEqual([200, 401]);
    const hasChanged = changed.status === 200;
    for (const old of [token, elsewhere]) expect(await client.accepts(old)).toBe(false);
    if (hasChanged) expect(await client.accepts(changed.body.token as string)).toBe(true);
    expect(await statusOfLogin(account, account.password)).toBe(hasChanged ? 401 : 200);
    expect(await statusOfLogin(account, NEW_PASSWORD)).toBe(hasChanged ? 200 : 401);
  });

  it.each([10, 15])('one of two changes the password, %d ms apart', async (ms) => {
    const { token, ...account } = await client.newSession();
    const passwords = ['the first horse', 'the second horse'] as const;
    const answers = await apart(
      ms,
      () => change(token, account, passwords[0]),
      () => change(token, account, passwords[1]),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401]);
    for (const [index, { status, body }] of answers.entries()) {
      const isDone = status === 200;
      if (isDone) expect(await client.accepts(body.token as string)).toBe(true);
      expect(await statusOfLogin(account, passwords[index]!)).toBe(isDone ? 200 : 401);
    }
    expect(await client.accepts(token)).toBe(false);
  });
});
