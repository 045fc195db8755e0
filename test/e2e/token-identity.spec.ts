import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachBackend } from '../support/backends.js';
import { type Client, claimsOf } from '../support/client.js';
import { forge, renew, renewed, TEST_KEY } from '../support/tokens.js';

const REUSE_INTERVAL_S = 1;
const BEYOND_REUSE_MS = 2_000;
const ROUNDS = 10;
const APART_MS = 10;
const TEST_LIMIT_MS = 120_000;

describeOnEachBackend('A token and its session', (start) => {
  let client: Client;

  beforeAll(async () => {
    const variables = { JWT_KEY: TEST_KEY, TOKEN_REUSE_INTERVAL: String(REUSE_INTERVAL_S) };
    ({ client } = await start(variables));
  });

  it.each(['sub', 'sid'])('are refused with the %s of another user', async (claim) => {
    const [{ token }, other] = await Promise.all([client.newSession(), client.newSession()]);
    const forged = forge(token, { claims: { [claim]: claimsOf(other.token)[claim] } });
    expect(await client.accepts(forged)).toBe(false);
    expect((await renew(client, forged)).status).toBe(401);
    expect(await client.accepts(token)).toBe(true);
  });

  it('give the newest token for an old one while no later one was presented, and end after that', async () => {
    const { token: first } = await client.newSession();
    const second = await renewed(client, first);
    await sleep(BEYOND_REUSE_MS);
    const again = await renewed(client, first);
    expect(claimsOf(again).jti).toBe(claimsOf(second).jti);

    expect(await client.accepts(again)).toBe(true);
    await sleep(BEYOND_REUSE_MS);
    expect((await renew(client, first)).status).toBe(401);
    expect(await client.accepts(again)).toBe(false);
  });

  it(
    'let one of two password changes with the same token through',
    async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        const { token, username, password } = await client.newSession();
        const change = async (delayMs: number, next: string) => {
          await sleep(delayMs);
          const json = { username, password: next, current_password: password };
          return { next, ...(await client.put('/user', { bearer: token, json })) };
        };
        const answers = await Promise.all([
          change(0, 'first new horse'),
          change(APART_MS, 'second new horse'),
        ]);
        const winners = answers.filter(({ status }) => status === 200);
        expect(winners).toHaveLength(1);
        const losers = answers.filter(({ status }) => status !== 200);
        expect([400, 401]).toContain(losers[0]?.status);
        expect(await client.accepts(winners[0]?.body.token as string)).toBe(true);
        await client.login({ username, password: winners[0]?.next ?? '' });
      }
    },
    TEST_LIMIT_MS,
  );
});
