import { dataOf } from '../../clients/typescript/src/index.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { atOnce, datesOf, untilSecond } from '../support/tokens.js';
import { failureOf, loggedIn, type Caller } from './caller.js';
import { answerLost, Door } from './wire.js';

const EVENTS = 'GET /user/events';

/** Asks for the events, and stops waiting once the request has come to a door. */
async function abandon({ client, wire }: Caller, behind: 'request' | 'answer'): Promise<Door> {
  await dataOf(client.GET('/user'));
  const door = new Door();
  wire.plan(EVENTS, door[behind]);
  const controller = new AbortController();
  const abandoned = failureOf(client.GET('/user/events', { signal: controller.signal }));
  await door.reached;
  controller.abort();
  expect(await abandoned).toMatchObject({ name: 'AbortError' });
  return door;
}

describe('The client for TypeScript, with tokens that work once,', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start({ TOKEN_SINGLE_USE: 'true', TOKEN_TTL: '4' });
  });

  it('finds that out, and sends one request after another however many come at once', async () => {
    const { client, wire, tokens, loggedOut } = await loggedIn(server);
    const answers = await atOnce(50, () => client.GET('/user/sessions'));
    expect(new Set(answers.map(({ response }) => response.status))).toEqual(new Set([200]));
    expect(wire.count('GET /user/sessions')).toBe(50);
    expect(new Set(tokens).size).toBe(tokens.length);
    expect([client.token, loggedOut]).toEqual([tokens.at(-1), []]);
  });

  it('takes the next token from errors too', async () => {
    const { client, wire } = await loggedIn(server);
    const params = { path: { id: 'AAAAAAAAAAAAAAAAAAAAAA' } };
    const missing = client.DELETE('/user/sessions/{id}', { params });
    const empty = client.PUT('/user', { body: {} });
    const read = dataOf(client.GET('/user'));
    expect((await missing).response.status).toBe(404);
    expect((await empty).response.status).toBe(400);
    await read;
    expect(wire.log.length).toBe(4);
  });

  it('is not misled by a route that asks for no token', async () => {
    const { client, id, loggedOut } = await loggedIn(server);
    const params = { path: { id: String(id) } };
    await dataOf(client.GET('/api/users/{id}', { params }));
    await atOnce(5, () => dataOf(client.GET('/user')));
    await dataOf(client.GET('/api/users/{id}', { params }));
    await atOnce(5, () => dataOf(client.GET('/user')));
    expect(loggedOut).toEqual([]);
  });

  it('renews after the expiry, and logs out', async () => {
    const { client, wire, loggedOut } = await loggedIn(server);
    await untilSecond(datesOf(client.token!).exp);
    await atOnce(5, () => dataOf(client.GET('/user')));
    expect(wire.count('POST /renew_token')).toBe(1);
    await client.logout();
    expect([client.token, loggedOut]).toEqual([undefined, []]);
  });

  it('skips the request of somebody who stopped waiting for a turn', async () => {
    const { client, wire } = await loggedIn(server);
    const controller = new AbortController();
    const first = dataOf(client.GET('/user'));
    const second = failureOf(client.GET('/user/events', { signal: controller.signal }));
    const third = dataOf(client.GET('/user/sessions'));
    controller.abort();
    await Promise.all([first, second, third]);
    expect(wire.log.filter((line) => line.endsWith('/user/events 200'))).toEqual([]);
  });

  it('takes the next token from an answer that its caller waits for no more', async () => {
    const caller = await loggedIn(server);
    const { client, wire, loggedOut } = caller;
    const door = await abandon(caller, 'answer');
    const read = dataOf(client.GET('/user'));
    door.open();
    await read;
    expect([wire.log.slice(-2), loggedOut]).toEqual([[`${EVENTS} 200`, 'GET /user 200'], []]);
  });

  it('waits for such an answer no more once it is closed', async () => {
    const caller = await loggedIn(server);
    await abandon(caller, 'request');
    caller.client.close();
    await eventually(() => expect(caller.wire.log.at(-1)).toBe(`${EVENTS} lost`), 2_000);
  });

  it('waits for such an answer for some seconds, also if it never comes', async () => {
    const lasting = await Server.start({ TOKEN_SINGLE_USE: 'true' });
    const { client, wire } = await loggedIn(lasting);
    await dataOf(client.GET('/user'));
    const controller = new AbortController();
    wire.plan(EVENTS, async () => {
      controller.abort();
      return new Promise(() => undefined);
    });
    await failureOf(client.GET('/user/events', { signal: controller.signal }));
    await dataOf(client.GET('/user'));
    expect([wire.count(EVENTS), wire.count('GET /user')]).toEqual([0, 2]);
  });

  it('tells the user to log in again if an answer with the next token was lost', async () => {
    const { client, wire, loggedOut } = await loggedIn(server);
    await dataOf(client.GET('/user'));
    wire.plan('GET /user', answerLost);
    expect(await failureOf(client.GET('/user'))).toBeInstanceOf(TypeError);
    expect([wire.count('GET /user'), loggedOut]).toEqual([2, []]);
    expect((await client.GET('/user')).response.status).toBe(401);
    expect([client.token, loggedOut.length]).toEqual([undefined, 1]);
  });

  it('sends no token twice if Redis is gone, and keeps it', async () => {
    const redis = await privateRedis();
    const failing = await Server.start({ TOKEN_SINGLE_USE: 'true', REDIS_URL: redis.url });
    const { client, wire, loggedOut } = await loggedIn(failing);
    await dataOf(client.GET('/user'));
    const token = client.token;
    await redis.kill();
    expect(await failureOf(dataOf(client.GET('/user')))).toMatchObject({ status: 503 });
    expect([wire.count('GET /user'), client.token, loggedOut]).toEqual([2, token, []]);
  });
});
