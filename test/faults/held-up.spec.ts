import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachDatabase } from '../support/backends.js';
import type { Account, Answer, Client } from '../support/client.js';
import { renew } from '../support/tokens.js';

/** Longer than any limit for an answer of a store; by a second less than the limits that go on meanwhile (3 s). */
const HELD_UP_MS = 2_000;
const RUNS_MS = 700;

/** In each of them the service stands still at another moment of its requests. */
const ROUNDS = 5;

/** The kinds of requests that are asked all the time, several at once. */
function asked(client: Client, { username, password }: Account, bearer: string) {
  return [
    () => client.get('/user', { bearer }),
    () => client.post('/authenticate_user', { json: { username, password } }),
    // The only token of its session, so that none has too many.
    () => client.newSession().then(({ token }) => renew(client, token)),
  ].flatMap((ask) => [ask, ask, ask]);
}

describeOnEachDatabase('A service that stood still, as on a machine that was paused', (start) => {
  it('blames no store for it: each request is answered as ever (F52)', async () => {
    const server = await start({ LOGIN_MAX_FAILURES: '0' });
    const { client } = server;
    const account = await client.register();
    const { token } = await client.newSession();
    const answers: Answer[] = [];
    let isOn = true;
    const asking = asked(client, account, token).map(async (ask) => {
      while (isOn) answers.push(await ask());
    });
    for (let round = 0; round < ROUNDS; round++) {
      await sleep(RUNS_MS);
      process.kill(server.pid, 'SIGSTOP');
      await sleep(HELD_UP_MS);
      process.kill(server.pid, 'SIGCONT');
    }
    await sleep(RUNS_MS);
    isOn = false;
    await Promise.all(asking);
    const others = answers.filter(({ status }) => status !== 200);
    expect(others.map(({ status, text }) => `${status} ${text}`)).toEqual([]);
  }, 90_000);
});
