import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf, type GatehouseProblem } from '../../clients/typescript/src/index.js';
import { uniqueName } from '../support/client.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { datesOf, untilSecond } from '../support/tokens.js';
import { callerOf, failureOf, loggedIn, type Caller } from './caller.js';
import { answeredByProxy } from './wire.js';

const UNAVAILABLE = { status: 503, type: '/problems/service-unavailable', retryAfterSeconds: 1 };

const read = ({ client }: Caller) => dataOf(client.GET('/user'));

describe('The client for TypeScript, while Redis is gone,', () => {
  let redis: RedisServer;
  let server: Server;

  beforeAll(async () => {
    redis = await privateRedis({ appendfsync: 'always' });
    server = await Server.start({ REDIS_URL: redis.url, TOKEN_TTL: '4' });
  });

  /** Resolves once the service knows that it is back. */
  async function back(): Promise<void> {
    await redis.start();
    while ((await server.client.get('/health/ready')).status !== 200) await sleep(50);
  }

  it('waits for it as long as 503 says, in bounds, and ends well if it comes back', async () => {
    const caller = await loggedIn(server, { maxRetries: 20, maxRetrySeconds: 30 });
    await read(caller);
    await redis.kill();
    const patient = read(caller);
    await sleep(1_200);
    await back();
    expect((await patient).user.id).toBe((await read(caller)).user.id);
    const statuses = caller.wire.log.map((line) => line.split(' ')[2]);
    expect(statuses.filter((status) => status === '503').length).toBeGreaterThan(0);
    expect(caller.loggedOut).toEqual([]);
  });

  it('gives up after so many attempts, or so many seconds, and keeps the token', async () => {
    const few = await loggedIn(server, { maxRetries: 2 });
    const short = await loggedIn(server, { maxRetrySeconds: 0.5 });
    for (const caller of [few, short]) await read(caller);
    const tokens = [few, short].map(({ client }) => client.token);
    await redis.kill();
    const sessions = ({ client }: Caller) => dataOf(client.GET('/user/sessions'));
    expect(await failureOf(sessions(few))).toMatchObject(UNAVAILABLE);
    expect(await failureOf(sessions(short))).toMatchObject(UNAVAILABLE);
    expect([few, short].map(({ client }) => client.token)).toEqual(tokens);
    await back();
    for (const caller of [few, short]) {
      await sessions(caller);
      expect(caller.loggedOut).toEqual([]);
    }
    const counts = [few, short].map(({ wire }) => wire.count('GET /user/sessions'));
    // The first may have renewed in between, and waited for that in place of an attempt.
    expect(counts[0]).toBeLessThanOrEqual(4);
    expect(counts[1]).toBe(2);
  });

  it('renews what has expired meanwhile as soon as it is back', async () => {
    const caller = await loggedIn(server, { maxRetries: 20, maxRetrySeconds: 30 });
    await redis.kill();
    await untilSecond(datesOf(caller.client.token!).exp);
    const patient = read(caller);
    await sleep(500);
    await back();
    await patient;
    expect(caller.wire.log.slice(-2)).toEqual(['POST /renew_token 200', 'GET /user 200']);
    expect(caller.loggedOut).toEqual([]);
  });

  it('stops waiting when it is told to, and tries no more', async () => {
    const caller = await loggedIn(server);
    await redis.kill();
    const controller = new AbortController();
    const waiting = failureOf(caller.client.GET('/user', { signal: controller.signal }));
    while (caller.wire.count('GET /user') === 0) await sleep(20);
    controller.abort();
    expect(await waiting).toMatchObject({ name: 'AbortError' });
    const count = caller.wire.log.length;
    await sleep(1_500);
    expect(caller.wire.log.length).toBe(count);
    await back();
  });

  it('says that a log-out may have failed, and keeps the token for the next', async () => {
    const caller = await loggedIn(server, { maxRetries: 0 });
    const token = caller.client.token!;
    await redis.kill();
    expect(await failureOf(caller.client.logout())).toMatchObject(UNAVAILABLE);
    expect(caller.client.token).toBe(token);
    await back();
    await caller.client.logout();
    expect(caller.client.token).toBeUndefined();
    expect(await server.client.accepts(token)).toBe(false);
  });
});

describe('The client for TypeScript, after a 503,', () => {
  let server: Server;
  const unavailable = answeredByProxy(503, { 'Retry-After': '1' });

  beforeAll(async () => {
    server = await Server.start();
  });

  it('logs in and changes a name again', async () => {
    const { client, wire, username, password } = await loggedIn(server);
    wire.plan('POST /authenticate_user', unavailable);
    await client.login({ username, password });
    wire.plan('PUT /user', unavailable);
    await dataOf(client.PUT('/user', { body: { username: uniqueName() } }));
    expect([wire.count('POST /authenticate_user'), wire.count('PUT /user')]).toEqual([3, 2]);
  });

  it('does not register again, nor change a password again, proved or not', async () => {
    const { client, wire, password } = await loggedIn(server);
    const problem = { status: 503, type: 'about:blank', retryAfterSeconds: 1 };
    const account = { username: uniqueName(), password };
    for (const path of ['/user', '/api/users'] as const) {
      wire.plan(`POST ${path}`, unavailable);
      expect(await failureOf(dataOf(client.POST(path, { body: account })))).toMatchObject(problem);
    }
    const change = { password: 'another horse' };
    for (const body of [change, { ...change, current_password: password }]) {
      wire.plan('PUT /user', unavailable);
      expect(await failureOf(dataOf(client.PUT('/user', { body })))).toMatchObject(problem);
    }
    expect(wire.log.filter((line) => line.endsWith(' 503')).length).toBe(4);
    expect(wire.log.length).toBe(5);
  });

  it('does not ask for a mail again, nor present its secret again, which may be used up', async () => {
    const { client, wire } = await loggedIn(server);
    const problem = { status: 503, retryAfterSeconds: 1 };
    const routes = ['/password/forgot', '/password/reset', '/user/email/verify'] as const;
    for (const route of routes) wire.plan(`POST ${route}`, unavailable);
    const asked = [
      dataOf(client.POST('/password/forgot', { body: { username: 'miguel' } })),
      dataOf(client.POST('/password/reset', { body: { token: 'x', password: 'another horse' } })),
      dataOf(client.POST('/user/email/verify', { body: { token: 'x' } })),
    ];
    for (const answer of asked) expect(await failureOf(answer)).toMatchObject(problem);
    expect(routes.map((route) => wire.count(`POST ${route}`))).toEqual([1, 1, 1]);
  });

  it.each([
    ['120', 120],
    ['Tue, 01 Jan 2030 00:02:00 GMT', 120],
    ['Tuesday, 01-Jan-30 00:02:00 GMT', 120],
    ['Mon, 31 Dec 2029 23:59:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['1.5', undefined],
  ])('takes the Retry-After %s, by the clock of the answer, for %p s', async (text, seconds) => {
    const { client, wire } = callerOf(server);
    const headers = { 'Retry-After': text, Date: 'Tue, 01 Jan 2030 00:00:00 GMT' };
    wire.plan('GET /health/ready', answeredByProxy(503, headers));
    const problem = await failureOf(dataOf(client.GET('/health/ready')));
    expect(problem).toMatchObject({ status: 503, retryAfterSeconds: seconds });
  });

  it('counts a date of Retry-After from now if the answer has none', async () => {
    const { client, wire } = callerOf(server);
    const headers = { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() };
    wire.plan('GET /health/ready', answeredByProxy(503, headers));
    const problem = (await failureOf(dataOf(client.GET('/health/ready')))) as GatehouseProblem;
    expect(problem.retryAfterSeconds).toBeGreaterThan(0);
    expect(problem.retryAfterSeconds).toBeLessThanOrEqual(60);
  });

  it('does not ask again after a 503 of /health/ready, or one that does not say when to come back', async () => {
    const { client, wire } = callerOf(server);
    wire.plan('GET /health/ready', unavailable);
    expect((await client.GET('/health/ready')).response.status).toBe(503);
    wire.plan('GET /user', answeredByProxy(503));
    expect((await client.GET('/user')).response.status).toBe(503);
    expect(wire.log.length).toBe(2);
  });
});
