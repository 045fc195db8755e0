import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf } from '../../clients/typescript/src/index.js';
import { claimsOf } from '../support/client.js';
import { Server } from '../support/server.js';
import { atOnce, datesOf, pastHalfLife, renewed, untilSecond } from '../support/tokens.js';
import { callerOf, failureOf, loggedIn, type Caller } from './caller.js';
import { answeredByProxy, answerLost, Door, requestLost } from './wire.js';

const RENEW = 'POST /renew_token';
const DAY_MS = 86_400_000;

/** Of a token of 4 s, one of which may have passed when it is given. */
const PAST_HALF_LIFE_MS = 1_600;

const CLOCKS_BUT_DATE = [
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setImmediate',
  'clearImmediate',
  'setInterval',
  'clearInterval',
  'setTimeout',
  'clearTimeout',
] as const;

const read = ({ client }: Caller) => dataOf(client.GET('/user'));

/** A caller that knows how the service takes tokens, and whose next request must renew first. */
async function due(server: Server, options = {}): Promise<Caller> {
  const caller = await loggedIn(server, options);
  await read(caller);
  await sleep(PAST_HALF_LIFE_MS);
  return caller;
}

describe('The client for TypeScript renews', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start({ TOKEN_TTL: '4', TOKEN_RENEW_GRACE: '60' });
  });

  it('once before the expiry, however many ask at once', async () => {
    const caller = await due(server);
    const { client, wire, tokens } = caller;
    const old = client.token!;
    await atOnce(50, () => client.GET('/user/sessions'));
    expect([wire.count(RENEW), wire.count('GET /user/sessions')]).toEqual([1, 50]);
    expect(wire.log.filter((line) => !line.endsWith(' 200'))).toEqual([]);
    expect(client.token).not.toBe(old);
    expect(tokens).toEqual([old, client.token]);
  });

  it('once after the expiry, however many ask at once', async () => {
    const { client, wire } = await loggedIn(server);
    await untilSecond(datesOf(client.token!).exp);
    const answers = await atOnce(50, () => client.GET('/user/sessions'));
    expect(new Set(answers.map(({ response }) => response.status))).toEqual(new Set([200]));
    expect(wire.count(RENEW)).toBe(1);
  });

  it('when it is told to, and those who ask meanwhile get the same', async () => {
    const { client, wire } = await loggedIn(server);
    const old = client.token;
    await atOnce(5, () => client.renew());
    expect(wire.log.filter((line) => line.startsWith(RENEW))).toEqual([`${RENEW} 200`]);
    expect(client.token).not.toBe(old);
  });

  it('again if the answer is lost, and holds the token that was made', async () => {
    const caller = await due(server);
    const { client, wire, loggedOut } = caller;
    wire.plan(RENEW, answerLost);
    await atOnce(5, () => read(caller));
    expect(wire.log.filter((line) => line.startsWith(RENEW))).toEqual([
      `${RENEW} lost`,
      `${RENEW} 200`,
    ]);
    expect(await server.client.accepts(client.token!)).toBe(true);
    expect(loggedOut).toEqual([]);
  });

  it('nothing that has expired while the network is gone, and keeps it', async () => {
    const caller = await loggedIn(server);
    const { client, wire, loggedOut } = caller;
    const token = client.token!;
    await untilSecond(datesOf(token).exp);
    wire.plan(RENEW, requestLost, 3);
    expect(await failureOf(read(caller))).toBeInstanceOf(TypeError);
    expect([client.token, loggedOut]).toEqual([token, []]);
    await read(caller);
    expect(wire.count(RENEW)).toBe(4);
  });

  it('in peace while somebody stops waiting for it', async () => {
    const caller = await due(server);
    const door = new Door();
    caller.wire.plan(RENEW, door.answer);
    const controller = new AbortController();
    const impatient = failureOf(caller.client.GET('/user', { signal: controller.signal }));
    const patient = read(caller);
    controller.abort();
    expect(await impatient).toMatchObject({ name: 'AbortError' });
    door.open();
    await patient;
    expect([caller.wire.count(RENEW), caller.loggedOut]).toEqual([1, []]);
  });

  it('for the user who has left without touching the one who has logged in', async () => {
    const caller = await due(server);
    const { client, wire, tokens, loggedOut } = caller;
    const door = new Door();
    wire.plan(RENEW, door.answer);
    const first = read(caller);
    const other = await server.client.register();
    await client.login(other);
    const token = client.token;
    door.open();
    expect((await first).user.id).not.toBe(other.id);
    expect([client.token, tokens.at(-1), loggedOut]).toEqual([token, token, []]);
    expect((await read(caller)).user.id).toBe(other.id);
  });

  describe('by no clock that can be set', () => {
    beforeEach(() => {
      jest.useFakeTimers({ doNotFake: [...CLOCKS_BUT_DATE] });
    });

    afterEach(() => {
      jest.useRealTimers();
    });

    it.each([-DAY_MS, DAY_MS])('if it is wrong by %d ms', async (skewMs) => {
      jest.setSystemTime(Date.now() + skewMs);
      const caller = await loggedIn(server);
      await read(caller);
      expect(caller.wire.count(RENEW)).toBe(0);
      await sleep(PAST_HALF_LIFE_MS);
      await read(caller);
      expect(caller.wire.count(RENEW)).toBe(1);
    });

    it('if it was set back meanwhile', async () => {
      const caller = await loggedIn(server);
      await read(caller);
      jest.setSystemTime(Date.now() - DAY_MS);
      await sleep(PAST_HALF_LIFE_MS);
      await read(caller);
      expect(caller.wire.count(RENEW)).toBe(1);
    });

    it('but by one that goes on while the computer sleeps', async () => {
      const caller = await loggedIn(server);
      await read(caller);
      jest.setSystemTime(Date.now() + 2_000);
      await read(caller);
      expect(caller.wire.count(RENEW)).toBe(1);
    });

    it('also if an answer shows that a token that was kept has just expired', async () => {
      const { token } = await server.client.newSession();
      await untilSecond(datesOf(token).exp);
      jest.setSystemTime(Date.now() - DAY_MS);
      const caller = callerOf(server, { token });
      await read(caller);
      expect(caller.wire.log).toEqual(['GET /user 401', `${RENEW} 200`, 'GET /user 200']);
      expect(caller.loggedOut).toEqual([]);
    });

    it('nor by it for a token that was kept, once an answer shows the date', async () => {
      const { token } = await server.client.newSession();
      jest.setSystemTime(Date.now() - DAY_MS);
      const caller = callerOf(server, { token });
      await read(caller);
      await sleep(PAST_HALF_LIFE_MS);
      await read(caller);
      expect(caller.wire.count(RENEW)).toBe(1);
    });
  });
});

describe('The client for TypeScript', () => {
  it('does not renew if the answers bring the next token in time', async () => {
    const server = await Server.start({ TOKEN_TTL: '8' });
    const caller = await loggedIn(server, { renewBeforeSeconds: 0 });
    const { client, wire, tokens } = caller;
    for (let i = 0; i < 2; i += 1) {
      await untilSecond(pastHalfLife(client.token!));
      await read(caller);
    }
    expect([wire.count(RENEW), tokens.length, tokens.at(-1)]).toEqual([0, 3, client.token]);
  });

  it('uses a token that is alive if its renewal fails, and keeps it', async () => {
    const server = await Server.start({ TOKEN_TTL: '8' });
    const faults = [
      requestLost,
      answeredByProxy(502),
      answeredByProxy(503, { 'Retry-After': '2' }),
    ];
    await Promise.all(
      faults.map(async (fault) => {
        const caller = await loggedIn(server);
        await read(caller);
        await sleep(4_000);
        caller.wire.plan(RENEW, fault, 3);
        await read(caller);
        await read(caller);
        expect(caller.wire.log.slice(-2)).toEqual(['GET /user 200', 'GET /user 200']);
        expect(caller.loggedOut).toEqual([]);
      }),
    );
  });

  it('says that the user must log in again, once the grace is over', async () => {
    const server = await Server.start({ TOKEN_TTL: '3', TOKEN_RENEW_GRACE: '0' });
    const { client, wire, tokens, loggedOut } = await loggedIn(server);
    const { exp } = datesOf(client.token!);
    await untilSecond(exp);
    const answers = await atOnce(50, () => client.GET('/user'));
    expect(answers.map(({ error }) => error?.type)).toEqual(
      answers.map(() => '/problems/token-invalid'),
    );
    expect(wire.log.slice(1)).toEqual([`${RENEW} 401`]);
    expect([loggedOut.length, tokens.at(-1), client.token]).toEqual([1, undefined, undefined]);
  });

  it('sends a request again that was overtaken by the renewal of its token', async () => {
    const server = await Server.start({ TOKEN_REUSE_INTERVAL: '0' });
    const { client, wire, loggedOut } = await loggedIn(server);
    await dataOf(client.GET('/user'));
    const door = new Door();
    wire.plan('GET /user/sessions', door.request);
    const slow = dataOf(client.GET('/user/sessions'));
    await client.renew();
    door.open();
    expect((await slow).sessions.length).toBe(1);
    expect(wire.log.slice(-2)).toEqual(['GET /user/sessions 401', 'GET /user/sessions 200']);
    expect(loggedOut).toEqual([]);
  });

  it('takes no older token from an answer that was overtaken', async () => {
    const server = await Server.start();
    const { client, wire } = await loggedIn(server);
    await dataOf(client.GET('/user'));
    const door = new Door();
    wire.plan('GET /user', door.answer);
    const slow = dataOf(client.GET('/user'));
    const old = client.token;
    await client.renew();
    door.open();
    expect((await slow).token).toBe(old);
    expect(client.token).not.toBe(old);
  });

  it('shares a session with another that tells it of new tokens', async () => {
    const server = await Server.start({ TOKEN_REUSE_INTERVAL: '1' });
    const first = await loggedIn(server);
    const second = callerOf(server, { token: first.client.token! });
    for (const [one, other] of [
      [first, second],
      [second, first],
    ] as const) {
      await one.client.renew();
      other.client.adopt(one.client.token);
      await sleep(1_200);
      expect(await Promise.all([read(one), read(other)])).toHaveLength(2);
    }
    expect(claimsOf(second.client.token!).sid).toBe(claimsOf(first.client.token!).sid);
    expect([...first.loggedOut, ...second.loggedOut]).toEqual([]);
    expect(await renewed(server.client, first.client.token!)).not.toBe(first.client.token);
  });
});
