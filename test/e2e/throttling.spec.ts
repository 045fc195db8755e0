import { join } from 'node:path';
import { describeOnEachBackend } from '../support/backends.js';
import { type Account, type Answer, type Client, uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { atOnce, untilSecond } from '../support/tokens.js';

/** Hashes that run at once on any machine of ours: Node's four worker threads less two. */
const HASHES_AT_ONCE = 2;

const PROXIED = { TRUST_PROXY: '1' };

const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

/** The lines of the log that tell of this event, at least so many. */
async function linesAbout(server: Server, event: string, count: number) {
  const found = () => server.lines.filter((line) => line.event === event);
  await eventually(() => expect(found().length).toBeGreaterThanOrEqual(count), 5_000);
  return found();
}

const statusOf = async (asked: Promise<Answer>) => (await asked).status;

describeOnEachBackend('The limits of guessing', (start) => {
  const limited: Record<string, string> = {
    LOGIN_MAX_FAILURES: '4',
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

  it('answer 429 with Retry-After, to the right password too (S12, S63)', async () => {
    const { username, password } = await client.register();
    await fail(username, 4);
    const refused = await tryJson(username, password);
    expect([refused.status, refused.body.type]).toEqual([429, '/problems/too-many-attempts']);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
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

  it('count unknown names the same way, in every spelling of a name', async () => {
    const username = uniqueName('nobody');
    await fail(username, 2);
    await fail(username.toUpperCase(), 2);
    expect(await statusOf(tryJson(username, 'wrong'))).toBe(429);
  });

  it('begin again after a success', async () => {
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

  it('are one for an address, whatever port its proxy names with it', async () => {
    const { username, password } = await client.register();
    for (const port of [1, 22, 333, 4444]) await fail(username, 1, `198.51.100.9:${port}`);
    expect(await statusOf(tryJson(username, password, '198.51.100.9:55555'))).toBe(429);
    expect(await statusOf(tryJson(username, password, '::ffff:198.51.100.9'))).toBe(429);
    expect(await statusOf(tryJson(username, password, '198.51.100.10:55555'))).toBe(200);
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
    const answers = await atOnce(12, () => tryJson(username, password));
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
    // Once, or a refused client could go on filling the database.
    expect(types.filter((type) => type === 'login.throttled')).toHaveLength(1);
    const event = { type: 'login.throttled', outcome: 'failure', address: '192.0.2.1' };
    expect(body.events[0]).toMatchObject(event);
  });

  it('tell the operator, each time', async () => {
    const { id, username } = await client.register();
    const before = server.lines.filter(({ event }) => event === 'login.throttled').length;
    await fail(username, 4);
    for (let time = 0; time < 3; time += 1) {
      expect((await tryJson(username, 'wrong')).status).toBe(429);
    }
    const lines = await linesAbout(server, 'login.throttled', before + 3);
    expect(lines).toHaveLength(before + 3);
    for (const line of lines.slice(before)) {
      expect(line).toMatchObject({ level: 'warn', outcome: 'failure', userId: id });
      expect(line).toMatchObject({ context: 'Security', address: '192.0.2.1' });
    }
  });
});

describeOnEachBackend('The window of failures', (start) => {
  it('ends when Retry-After says (S12)', async () => {
    const { client } = await start({ LOGIN_MAX_FAILURES: '2', LOGIN_WINDOW: '5' });
    const { username, password } = await client.register();
    const tryWith = (word: string) =>
      client.post('/authenticate_user', { json: { username, password: word } });
    expect((await tryWith('wrong')).status).toBe(401);
    expect((await tryWith('wrong')).status).toBe(401);
    const refused = await tryWith(password);
    expect(refused.status).toBe(429);
    const seconds = Number(refused.headers.get('retry-after'));
    expect(seconds).toBeLessThanOrEqual(5);
    await untilSecond(Math.ceil(Date.now() / 1000) + seconds);
    expect((await tryWith(password)).status).toBe(200);
  });
});

describe('Refused attempts', () => {
  it('leave at most one row a minute for an address, and none for names that no account has', async () => {
    const server = await Server.start({ ADDRESS_MAX_FAILURES: '2' });
    const { client } = server;
    const owners = [await client.register(), await client.register()];
    const tryName = async (username: string) =>
      statusOf(client.post('/authenticate_user', { json: { username, password: 'wrong' } }));
    expect([await tryName(uniqueName()), await tryName(uniqueName())]).toEqual([401, 401]);
    for (const { username } of owners) expect(await tryName(username)).toBe(429);
    for (let time = 0; time < 20; time += 1) expect(await tryName(uniqueName())).toBe(429);

    const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
    const rows = await file.query<{ user_id: number }>(
      "SELECT user_id FROM security_events WHERE type = 'login.throttled'",
    );
    await file.close();
    expect(rows).toEqual([{ user_id: owners[0]?.id }]);
    await linesAbout(server, 'login.throttled', 22);
  });

  it('leave no counter for each name', async () => {
    const DATABASE_URL = await newPostgresDatabase();
    const { client } = await Server.start({ DATABASE_URL, ADDRESS_MAX_FAILURES: '1' });
    const database = await connectToPostgres(DATABASE_URL);
    const tryAnyName = async () => {
      const json = { username: uniqueName(), password: 'wrong' };
      return statusOf(client.post('/authenticate_user', { json }));
    };
    expect([await tryAnyName(), await tryAnyName()]).toEqual([401, 429]);
    const countRows = async () => (await database.query('SELECT key FROM counters')).rowCount;
    const before = await countRows();
    for (let time = 0; time < 10; time += 1) expect(await tryAnyName()).toBe(429);
    expect(await countRows()).toBe(before);
  });
});

describeOnEachBackend('The limits for an address and for an account', (start) => {
  let client: Client;

  beforeAll(async () => {
    const limits = {
      LOGIN_MAX_FAILURES: '8',
      ADDRESS_MAX_FAILURES: '5',
      ACCOUNT_MAX_FAILURES: '6',
    };
    ({ client } = await start({ ...limits, ...PROXIED }));
  });

  /** Fails so often for a name, from another address each time. */
  const failFromElsewhere = async (username: string, times: number) => {
    for (let time = 0; time < times; time += 1) {
      expect(await login({ username, password: 'wrong' }, `198.51.100.${time + 1}`)).toBe(401);
    }
  };

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
    await failFromElsewhere(owner.username, 6);
    expect(await login(owner, '203.0.113.200')).toBe(429);
    expect(await login(owner, '192.0.2.100')).toBe(200);
  });

  it('spare a usual address the failures for other names there, and not its own', async () => {
    const address = '192.0.2.101';
    const owner = await client.register();
    const stranger = await client.register();
    expect(await login(owner, address)).toBe(200);
    for (let time = 0; time < 5; time += 1) {
      expect(await login({ username: uniqueName(), password: 'wrong' }, address)).toBe(401);
    }
    expect(await login(stranger, address)).toBe(429);
    for (let time = 0; time < 8; time += 1) {
      expect(await login({ ...owner, password: 'wrong' }, address)).toBe(401);
    }
    expect(await login(owner, address)).toBe(429);
  });

  it('do not take an address for a usual one because log-ins fail there', async () => {
    const owner = await client.register();
    const address = '192.0.2.102';
    expect(await login({ ...owner, password: 'wrong' }, address)).toBe(401);
    await failFromElsewhere(owner.username, 5);
    expect(await login(owner, address)).toBe(429);
  });
});

describe('A usual address', () => {
  it('is one for 30 days after the last log-in', async () => {
    const server = await Server.start({ ACCOUNT_MAX_FAILURES: '1', ...PROXIED });
    const { client } = server;
    const owner = await client.register();
    const login = (password: string, address: string) =>
      statusOf(
        client.post('/authenticate_user', {
          json: { username: owner.username, password },
          ...from(address),
        }),
      );
    const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
    const age = (days: number) =>
      file.query('UPDATE security_events SET at_ms = at_ms - ?', days * 24 * 3600 * 1000);

    expect(await login(owner.password, '192.0.2.1')).toBe(200);
    expect(await login('wrong', '198.51.100.1')).toBe(401);
    await age(29.9);
    expect(await login(owner.password, '192.0.2.1')).toBe(200);
    await age(30.1);
    expect(await login(owner.password, '192.0.2.1')).toBe(429);
    await file.close();
  });
});

describe('Without settings', () => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await Server.start(PROXIED));
  });

  const tryWrong = (username: string, address: string) =>
    statusOf(
      client.post('/authenticate_user', {
        json: { username, password: 'wrong' },
        ...from(address),
      }),
    );

  it('the 101st failure for an account is refused, wherever it comes from (S12)', async () => {
    const { username } = await client.register();
    for (let round = 0; round < 10; round += 1) {
      const statuses = await atOnce(10, (index) => tryWrong(username, `198.51.100.${index}`));
      expect(new Set(statuses)).toEqual(new Set([401]));
    }
    expect(await tryWrong(username, '203.0.113.1')).toBe(429);
  });

  it('so is that of an address, whatever its name', async () => {
    for (let round = 0; round < 10; round += 1) {
      const statuses = await atOnce(10, () => tryWrong(uniqueName(), '192.0.2.1'));
      expect(new Set(statuses)).toEqual(new Set([401]));
    }
    expect(await tryWrong(uniqueName(), '192.0.2.1')).toBe(429);
  });

  it('and the eleventh of both', async () => {
    const username = uniqueName();
    const statuses = await atOnce(10, () => tryWrong(username, '192.0.2.2'));
    expect(new Set(statuses)).toEqual(new Set([401]));
    expect(await tryWrong(username, '192.0.2.2')).toBe(429);
  });
});

describeOnEachBackend('The limit of registrations', (start) => {
  it('counts new names, taken ones and renames from one address (F39)', async () => {
    const server = await start({ REGISTRATIONS_PER_HOUR: '4', ...PROXIED });
    const { client } = server;
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
    for (const line of await linesAbout(server, 'registration.throttled', 3)) {
      expect(line).toMatchObject({ level: 'warn', outcome: 'failure', address: '192.0.2.1' });
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
    // More than any limit, and few enough at once to get their turn on a slow machine.
    for (let round = 0; round < 12; round += 1) {
      const answers = await atOnce(10, () => client.post('/authenticate_user', { json }));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
    }
  });
});
