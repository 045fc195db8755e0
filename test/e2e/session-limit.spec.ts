import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, type Client } from '../support/client.js';
import { atOnce, logOut, renew, renewed } from '../support/tokens.js';

const idOf = (token: string) => String(claimsOf(token).sid);

describeOnEachBackend('The limit on sessions', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({ MAX_SESSIONS: '3' }));
  });

  const accepted = (tokens: string[]) => Promise.all(tokens.map((token) => client.accepts(token)));

  /** The ids of the sessions that the owner of the token is shown. */
  async function idsOf(token: string): Promise<string[]> {
    const { body } = await client.get('/user/sessions', { bearer: token });
    return body.sessions.map(({ id }: { id: string }) => id);
  }

  it('ends the least recently renewed, if one more is begun (S50)', async () => {
    const account = await client.register();
    const [one, two, three] = [
      await client.login(account),
      await client.login(account),
      await client.login(account),
    ];
    await sleep(5);
    const next = await renewed(client, one);
    const four = await client.login(account);
    expect(await accepted([two, next, three, four])).toEqual([false, true, true, true]);
    expect((await renew(client, two)).status).toBe(401);
    const five = await client.login(account);
    expect(await accepted([three, next, four, five])).toEqual([false, true, true, true]);
    expect(await idsOf(five)).toEqual([five, four, one].map(idOf));
  });

  it('does not count those that were ended, nor those of others', async () => {
    const account = await client.newSession();
    const { token: stranger } = await client.newSession();
    const [two, three] = [await client.login(account), await client.login(account)];
    await logOut(client, two);
    const four = await client.login(account);
    expect(await accepted([account.token, three, four, stranger])).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('holds for log-ins at the same time (S50, S84)', async () => {
    const account = await client.register();
    const tokens = await atOnce(12, () => client.login(account));
    const isAlive = await accepted(tokens);
    const alive = tokens.filter((_, index) => isAlive[index]);
    expect(alive).toHaveLength(3);
    expect((await idsOf(alive[0] ?? '')).sort()).toEqual(alive.map(idOf).sort());
  });
});
