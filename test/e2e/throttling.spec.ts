import { describeOnEachBackend } from '../support/backends.js';
import { type Account, type Answer, type Client, uniqueName } from '../support/client.js';
import type { Server } from '../support/server.js';
import { atOnce, untilSecond } from '../support/tokens.js';

/** Hashes that run at once on any machine of ours: Node's four worker threads less two. */
const HASHES_AT_ONCE = 2;

const PROXIED = { TRUST_PROXY: '1' };

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

const statusOf = async (asked: Promise<Answer>) => (await asked).status;

describeOnEachBackend('The limits of guessing', (start) => {
  const limited: Record<string, string> = {
    LOGIN_MAX_FAILURES: '4',
    LOGIN_WINDOW: '3',
    PASSWORD_CHANGE_REQUIRES_CURRENT: 'true',
  };
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start({ ...limited, ...PROXIED });
    ({ client } = server);
  });

  const tryJson = (username: string, password: string, address = '192.0.2.1') =>
    client.post('/authenticate_user', { json: { username, password }, ...from(address) });

  const fail = async (username: string, times: number, address?: string) => {
    for (let time = 0; time < times; time += 1) {
      expect((await tryJson(username, `wrong ${time}`, address)).status).toBe(401);
    }
  };

  it('answer 429 with Retry-After, to the right password too, until the window ends (S12, S63)', async () => {
    const { username, password } = await client.register();
    await fail(username, 4);
    const refused = await tryJson(username, password);
    expect([refused.status, refused.body.type]).toEqual([429, '/problems/too-many-attempts']);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(3);
    await untilSecond(Math.ceil(Date.now() / 1000) + seconds);
    expect((await tryJson(username, password)).status).toBe(200);
  });

  it('hold over every route that takes a password (S23)', async () => {
    const account = await client.newSession();
    const wrong = { basic: `${account.username}:wrong`, ...from('192.0.2.1') };
    expect(await statusOf(client.get('/api/token', wrong))).toBe(401);
    expect(await statusOf(client.get('/api/resource', wrong))).toBe(401);
    await fail(account.username, 1);
    const change = {
      bearer: account.token,
      json: { password: 'another horse', current_password: 'wrong' },
      ...from('192.0.2.1'),
    };
    expect(await statusOf(client.put('/user', change))).toBe(400);
    expect(await statusOf(client.put('/user', change))).toBe(429);
    expect(await statusOf(client.get('/api/token', wrong))).toBe(429);
    expect(await statusOf(client.get('/api/resource', wrong))).toBe(429);
    expect(await statusOf(tryJson(account.username, account.password))).toBe(429);
    // A token needs no password.
    const { status } = await client.get('/user', { bearer: account.token, ...from('192.0.2.1') });
    expect(status).toBe(200);
  });

  it('count names that nobody has alike, in every spelling of a name', async () => {
    const username = uniqueName('nobody');
    await fail(username, 2);
    await fail(username.toUpperCase(), 2);
    expect(await statusOf(tryJson(username, 'wrong'))).toBe(429);
  });

  it('begin anew after a success', async () => {
    const { username, password } = await client.register();
    for (let round = 0; round < 3; round += 1) {
      await fail(username, 3);
      expect(await statusOf(tryJson(username, password))).toBe(200);
    }
  });

  it('are one for each address, and do not shut out the owner at another', async () => {
    const { username, password } = await client.register();
    await fail(username, 4, '198.51.100.7');
    expect(await statusOf(tryJson(username, password, '198.51.100.7'))).toBe(429);
    expect(await statusOf(tryJson(username, password, '198.51.100.8'))).toBe(200);
  });

  it('are overshot by the hashes that run at once at most (F43, S84)', async () => {
    const { username } = await client.register();
    const answers = await atOnce(60, () => tryJson(username, 'wrong'));
    const evaluated = answers.filter(({ status }) => status === 401).length;
    expect(evaluated).toBeGreaterThanOrEqual(4);
    expect(evaluated).toBeLessThan(4 + HASHES_AT_ONCE);
    for (const { status } of answers) expect([401, 429]).toContain(status);
  });

  it('do not refuse correct log-ins, however many come at once', async () => {
    const { username, password } = await client.register();
    await fail(username, 3);
    const answers = await atOnce(32, () => tryJson(username, password));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('do not count what is too long for a name, and so is a token or nothing', async () => {
    const basic = `${'t'.repeat(81)}:x`;
    for (let time = 0; time < 6; time += 1) {
      expect(await statusOf(client.get('/api/token', { basic, ...from('192.0.2.9') }))).toBe(401);
    }
  });

  it('tell the owner, once in a minute', async () => {
    const account = await client.newSession();
    await fail(account.username, 4);
    for (let time = 0; time < 3; time += 1) {
      expect((await tryJson(account.username, 'wrong')).status).toBe(429);
    }
    const { body } = await client.get('/user/events', { bearer: account.token });
    const types = (body.events as { type: string }[]).map(({ type }) => type);
    // Once, or whoever is refused could go on filling the database.
    expect(types.filter((type) => type === 'login.throttled')).toHaveLength(1);
    const event = { type: 'login.throttled', outcome: 'failure', address: '192.0.2.1' };
    expect(body.events[0]).toMatchObject(event);
  });
});

describeOnEachBackend('The limits for an address and for an account', (start) => {
  let client: Client;

  beforeAll(async () => {
    const limits = { ADDRESS_MAX_FAILURES: '5', ACCOUNT_MAX_FAILURES: '6' };
    ({ client } = await start({ ...limits, ...PROXIED }));
  });

  const login = ({ username, password }: Pick<Account, 'username' | 'password'>, address: string) =>
    statusOf(client.post('/authenticate_user', { json: { username, password }, ...from(address) }));

  it('refuse an address after failures for many names', async () => {
    const owner = await client.register();
    for (let time = 0; time < 5; time += 1) {
      expect(await login({ username: uniqueName(), password: 'wrong' }, '203.0.113.5')).toBe(401);
    }
    expect(await login(owner, '203.0.113.5')).toBe(429);
    expect(await login(owner, '203.0.113.6')).toBe(200);
  });

  it('take an IPv6 network of 64 bits for one address', async () => {
    const owner = await client.register();
    for (let time = 0; time < 5; time += 1) {
      const address = `2001:db8:0:7::${time + 1}`;
      expect(await login({ username: uniqueName(), password: 'wrong' }, address)).toBe(401);
    }
    expect(await login(owner, '2001:db8:0:7:ffff::1')).toBe(429);
    expect(await login(owner, '2001:db8:0:8::1')).toBe(200);
  });

  it('refuse strangers to an account under attack, and not its owner at a usual address (S12)', async () => {
    const owner = await client.register();
    expect(await login(owner, '192.0.2.100')).toBe(200);
    for (let time = 0; time < 6; time += 1) {
      const attempt = { username: owner.username, password: 'wrong' };
      expect(await login(attempt, `198.51.100.${time + 1}`)).toBe(401);
    }
    expect(await login(owner, '198.51.100.200')).toBe(429);
    expect(await login(owner, '192.0.2.100')).toBe(200);
  });
});

describeOnEachBackend('The limit of registrations', (start) => {
  it('counts new names, taken ones and renames from one address (F39)', async () => {
    const { client } = await start({ REGISTRATIONS_PER_HOUR: '4', ...PROXIED });
    const register = (username: string, address: string, path = '/user') =>
      client.post(path, { json: { username, password: 'correct horse' }, ...from(address) });
    const username = uniqueName();
    expect(await statusOf(register(username, '192.0.2.1'))).toBe(201);
    expect(await statusOf(register(username, '192.0.2.1'))).toBe(409);
    expect(await statusOf(register(uniqueName(), '192.0.2.1', '/api/users'))).toBe(201);
    const bearer = await client.login({ username, password: 'correct horse' });
    const rename = () =>
      client.put('/user', { bearer, json: { username: uniqueName() }, ...from('192.0.2.1') });
    expect(await statusOf(rename())).toBe(200);
    for (const refused of [
      await rename(),
      await register(uniqueName(), '192.0.2.1'),
      await register(uniqueName(), '192.0.2.1', '/api/users'),
    ]) {
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3500);
    }
    expect(await statusOf(register(uniqueName(), '192.0.2.2'))).toBe(201);
    const json = { password: 'another horse' };
    expect(await statusOf(client.put('/user', { bearer, json, ...from('192.0.2.1') }))).toBe(200);
  });
});

describeOnEachBackend('Limits of 0', (start) => {
  it('are none', async () => {
    const off = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };
    const { client } = await start(off);
    const { username } = await client.register();
    const json = { username, password: 'wrong' };
    const answers = await atOnce(110, () => client.post('/authenticate_user', { json }));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  });
});
