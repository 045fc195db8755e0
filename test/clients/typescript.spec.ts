import { setTimeout as sleep } from 'node:timers/promises';
import { dataOf, GatehouseProblem } from '../../clients/typescript/src/index.js';
import { claimsOf, uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { Server } from '../support/server.js';
import { atOnce, logOut } from '../support/tokens.js';
import { callerOf, failureOf, loggedIn } from './caller.js';
import { Door } from './wire.js';

describe('The client for TypeScript', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start({ LOGIN_MAX_FAILURES: '2' });
  });

  it('registers, logs in, carries the token and logs out', async () => {
    const { client, tokens, loggedOut } = callerOf(server);
    const account = { username: uniqueName(), password: 'correct horse' };
    const { message } = await dataOf(client.POST('/user', { body: account }));
    expect(message).toBe('User created successfully');
    await client.login(account);
    const token = client.token!;
    const { user } = await dataOf(client.GET('/user'));
    expect(user.username).toBe(account.username);
    await client.logout();
    expect(await server.client.accepts(token)).toBe(false);
    expect([client.token, tokens, loggedOut]).toEqual([undefined, [token, undefined], []]);
  });

  it('sends nothing when it logs out without a session', async () => {
    const { client, wire } = callerOf(server);
    await client.logout();
    expect(wire.log).toEqual([]);
  });

  it('resolves with the problem if GET, PUT, POST and DELETE are used as they are', async () => {
    const { error, response } = await callerOf(server).client.GET('/user');
    expect([response.status, error?.type]).toEqual([401, '/problems/token-missing']);
  });

  it('throws every error as one class, with the refused fields', async () => {
    const { client } = callerOf(server);
    const body = { username: 'abc', password: 'correct horse' };
    const problem = await failureOf(dataOf(client.POST('/user', { body })));
    expect(problem).toBeInstanceOf(GatehouseProblem);
    expect(problem).toMatchObject({
      status: 400,
      type: '/problems/validation-failed',
      errors: [{ field: 'username', detail: expect.any(String) }],
      retryAfterSeconds: undefined,
      requestId: expect.any(String),
    });
    const wrong = { username: uniqueName(), password: 'wrong horse' };
    expect(await failureOf(client.login(wrong))).toMatchObject({
      status: 401,
      type: '/problems/invalid-login',
      detail: 'Invalid username or password',
      message: 'Invalid username or password',
      errors: [],
    });
  });

  it('tells how long to wait after 429, and does not try again by itself', async () => {
    const { username } = await server.client.register();
    const { client, wire } = callerOf(server);
    const wrong = { username, password: 'wrong horse' };
    await failureOf(client.login(wrong));
    await failureOf(client.login(wrong));
    const problem = (await failureOf(client.login(wrong))) as GatehouseProblem;
    expect([problem.status, wire.log.length]).toEqual([429, 3]);
    expect(problem.retryAfterSeconds).toBeGreaterThan(0);
  });

  it('drops a token that was revoked elsewhere, and tells once', async () => {
    const { client, tokens, loggedOut } = await loggedIn(server);
    await dataOf(client.GET('/user'));
    await logOut(server.client, client.token!);
    const answers = await atOnce(5, () => client.GET('/user/sessions'));
    expect(answers.map(({ response }) => response.status)).toEqual([401, 401, 401, 401, 401]);
    expect(loggedOut).toEqual([
      expect.objectContaining({ status: 401, type: '/problems/token-invalid' }),
    ]);
    expect([client.token, tokens.at(-1)]).toEqual([undefined, undefined]);
    const { error } = await client.GET('/user');
    expect(error?.type).toBe('/problems/token-missing');
  });

  it('takes it for a log-out if the session is over already', async () => {
    const { client, tokens, loggedOut } = await loggedIn(server);
    await logOut(server.client, client.token!);
    await client.logout();
    expect([client.token, tokens.at(-1), loggedOut]).toEqual([undefined, undefined, []]);
  });

  it('forgets the token once the account is deleted or every session is ended', async () => {
    for (const path of ['/user', '/user/sessions'] as const) {
      const { client, loggedOut } = await loggedIn(server);
      await dataOf(client.DELETE(path));
      expect([client.token, loggedOut]).toEqual([undefined, []]);
    }
  });

  it('keeps the session through a change of the password beside other requests', async () => {
    const { client, wire, password, loggedOut } = await loggedIn(server);
    await dataOf(client.GET('/user'));
    const [early, change] = [new Door(), new Door()];
    wire.plan('GET /user/sessions', early.request);
    wire.plan('PUT /user', change.answer);
    const before = dataOf(client.GET('/user/sessions'));
    const body = { password: 'another horse', current_password: password };
    const changed = dataOf(client.PUT('/user', { body }));
    const after = atOnce(10, () => dataOf(client.GET('/user')));
    await eventually(async () => {
      expect((await server.client.get('/user', { bearer: client.token! })).status).toBe(401);
    }, 10_000);
    early.open();
    await sleep(200);
    change.open();
    expect((await changed).token).toBe(client.token);
    expect((await before).sessions.length).toBe(1);
    expect((await after).length).toBe(10);
    expect(loggedOut).toEqual([]);
  });

  it('keeps the session through a change of the password that no one waits for', async () => {
    const { client, wire, password, loggedOut } = await loggedIn(server);
    await dataOf(client.GET('/user'));
    const old = client.token!;
    const door = new Door();
    wire.plan('PUT /user', door.answer);
    const controller = new AbortController();
    const body = { password: 'another horse', current_password: password };
    const change = failureOf(client.PUT('/user', { body, signal: controller.signal }));
    await door.reached;
    controller.abort();
    expect(await change).toMatchObject({ name: 'AbortError' });
    door.open();
    await dataOf(client.GET('/user'));
    expect([await server.client.accepts(old), loggedOut]).toEqual([false, []]);
  });

  describe('leaves a request alone that brings credentials of its own', () => {
    it('in its header', async () => {
      const { client, username, password, tokens } = await loggedIn(server);
      const headers = { Authorization: `Basic ${btoa(`${username}:${password}`)}` };
      const { data } = await dataOf(client.GET('/api/resource', { headers }));
      expect(data).toBe(`Hello, ${username}!`);
      const { token } = await dataOf(client.GET('/api/token', { headers }));
      expect(token).not.toBe(client.token);
      expect(tokens).toEqual([client.token]);
    });

    it("in its body, as somebody else's token", async () => {
      const { client, loggedOut } = await loggedIn(server);
      const token = client.token!;
      const other = await server.client.newSession();
      const check = () => client.POST('/validate_token', { body: { token: other.token } });
      expect((await dataOf(check())).token).toBe(other.token);
      await logOut(server.client, other.token);
      expect((await check()).response.status).toBe(401);
      expect([client.token, loggedOut]).toEqual([token, []]);
    });
  });

  it('goes on with a token that was kept', async () => {
    const { token, id } = await server.client.newSession();
    const { client } = callerOf(server, { token });
    expect((await dataOf(client.GET('/user'))).user.id).toBe(id);
    const other = await server.client.newSession();
    client.adopt(other.token);
    expect((await dataOf(client.GET('/user'))).user.id).toBe(other.id);
  });

  it('drops what is no token at all as soon as the service has said so', async () => {
    const { client, wire, loggedOut } = callerOf(server, { token: 'none' });
    const answers = await atOnce(5, () => client.GET('/user'));
    expect(answers.map(({ response }) => response.status)).toEqual([401, 401, 401, 401, 401]);
    expect([wire.log, client.token, loggedOut.length]).toEqual([['GET /user 401'], undefined, 1]);
  });

  it('says nothing more once it is closed, and leaves the session alive', async () => {
    const { client, wire } = await loggedIn(server);
    const token = client.token!;
    const door = new Door();
    wire.plan('GET /user', door.answer);
    const waiting = failureOf(client.GET('/user'));
    await sleep(100);
    client.close();
    expect(await waiting).toEqual(new Error('This client is closed'));
    door.open();
    expect(await failureOf(client.GET('/user/events'))).toEqual(new Error('This client is closed'));
    expect([client.token, wire.count('GET /user/events')]).toEqual([undefined, 0]);
    expect(await server.client.accepts(token)).toBe(true);
  });

  it('works from the base URL with a slash at its end', async () => {
    const { client, wire } = await loggedIn(server, { baseUrl: `${server.url}/` });
    const { sid } = claimsOf(client.token!);
    await client.renew();
    expect(claimsOf(client.token!).sid).toBe(sid);
    expect(wire.log.at(-1)).toBe('POST /renew_token 200');
  });
});
