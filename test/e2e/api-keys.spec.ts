import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseKeyText } from '../../src/tokens/api-key-text.js';
import { describeOnEachDatabase } from '../support/backends.js';
import type { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { deleteKey, makeKey, newKey, newKeyOwner } from '../support/keys.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { GUARDED_ROUTES, present } from '../support/tokens.js';

const ISO_DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

const NOT_WITH_A_KEY = [403, '/problems/not-with-a-key'];

/** Where a key stands for its user. Everywhere else it is refused. */
const ROUTES_OF_KEYS = [
  'GET /user',
  'POST /validate_token',
  'GET /auth/verify',
  'GET /api/resource',
];

/** The routes of the account that are about keys, beside those of every token. */
const KEY_ROUTES = [
  { method: 'GET', path: '/user/keys', carrier: 'bearer' },
  { method: 'POST', path: '/user/keys', carrier: 'bearer', json: { name: 'another' } },
  { method: 'DELETE', path: '/user/keys/any', carrier: 'bearer' },
] as const;

const ALL_ROUTES = [...GUARDED_ROUTES, ...KEY_ROUTES];
const isOfKeys = ({ method, path }: { method: string; path: string }) =>
  ROUTES_OF_KEYS.includes(`${method} ${path}`);

describeOnEachDatabase('API keys', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start();
    ({ client } = server);
  });

  async function keysOf(bearer: string): Promise<Record<string, unknown>[]> {
    const { status, body } = await client.get('/user/keys', { bearer });
    expect(status).toBe(200);
    return body.keys as Record<string, unknown>[];
  }

  async function eventsOf(bearer: string): Promise<string[]> {
    const { body } = await client.get('/user/events', { bearer });
    return (body.events as { type: string }[]).map(({ type }) => type);
  }

  describe('The making', () => {
    it('tells the key once, and its hint from then on', async () => {
      const { token, id: userId } = await client.newSession();
      const answer = await makeKey(client, token, { name: 'nightly backup' });
      expect(answer.status).toBe(201);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const { id, key, hint } = answer.body as Record<string, string>;
      expect(answer.body).toEqual({
        id: expect.stringMatching(/^[\w-]{22}$/),
        name: 'nightly backup',
        key: expect.stringMatching(/^gth_[0-9A-Za-z]{36}$/),
        hint: key?.slice(-4),
        roles: [],
        created_at: expect.stringMatching(ISO_DATE),
        expires_at: null,
      });
      expect(parseKeyText(key ?? '')).toEqual({ userId });
      const listed = await client.get('/user/keys', { bearer: token });
      expect(listed.text).not.toContain(key);
      const { created_at } = answer.body as Record<string, string>;
      expect(listed.body).toEqual({
        keys: [
          {
            ...{ id, name: 'nightly backup', hint, roles: [], created_at },
            ...{ expires_at: null, last_used_at: null },
          },
        ],
      });
    });

    it('says when the key expires', async () => {
      const { token } = await client.newSession();
      const before = Date.now();
      const { body } = await makeKey(client, token, { expires_in: 3600 });
      const expiresAtMs = Date.parse(body.expires_at as string);
      expect(expiresAtMs).toBeGreaterThan(before + 3_598_000);
      expect(expiresAtMs).toBeLessThanOrEqual(Date.now() + 3_600_000);
    });

    it.each([
      ['name', { name: undefined }],
      ['name', { name: '' }],
      ['name', { name: '   ' }],
      ['name', { name: '\u200B' }],
      ['name', { name: '\u200E \u3164' }],
      ['name', { name: 'x'.repeat(65) }],
      ['name', { name: 'a\u0007b' }],
      ['name', { name: 'a\u202Eb' }],
      ['name', { name: 7 }],
      ['name', { name: ['a'] }],
      ['expires_in', { expires_in: 0 }],
      ['expires_in', { expires_in: -1 }],
      ['expires_in', { expires_in: 1.5 }],
      ['expires_in', { expires_in: '60' }],
      ['expires_in', { expires_in: 1e30 }],
      ['expires_in', { expires_in: [60] }],
      ['roles', { roles: 'editor' }],
      ['roles', { roles: [7] }],
      ['roles', { roles: [null] }],
      ['roles', { roles: [['editor']] }],
      ['roles', { roles: { 0: 'editor' } }],
      ['roles', { roles: ['editor'] }],
      ['roles', { roles: Array.from({ length: 33 }, () => 'editor') }],
      ['current_password', { current_password: 'wrong' }],
      ['current_password', { current_password: ['a'] }],
      ['scope', { scope: 'all' }],
    ])('refuses a wrong %s: %j', async (field, wanted) => {
      const { token } = await client.newSession();
      const { status, body } = await makeKey(client, token, wanted);
      expect([status, body.errors]).toEqual([400, [{ field, detail: expect.any(String) }]]);
      expect(await keysOf(token)).toEqual([]);
    });

    it('says that the life of a key is a whole number, whatever is sent in its place', async () => {
      const { token } = await client.newSession();
      for (const expires_in of [[60], { seconds: 60 }, '60', 1.5]) {
        const { body } = await makeKey(client, token, { expires_in });
        const detail = expect.stringMatching(/^must be a whole number/) as string;
        expect(body.errors).toEqual([{ field: 'expires_in', detail }]);
      }
    });

    it('counts the characters of a name as people do', async () => {
      const { token } = await client.newSession();
      const name = '\u{1F511}'.repeat(64);
      expect((await makeKey(client, token, { name })).body).toMatchObject({ name });
      expect((await makeKey(client, token, { name: `${name}x` })).status).toBe(400);
    });

    it('refuses broken Unicode in a list', async () => {
      const { token } = await client.newSession();
      const body = '{"name":"a","roles":["\\ud800"]}';
      const headers = { 'content-type': 'application/json' };
      const answer = await client.post('/user/keys', { bearer: token, body, headers });
      expect([answer.status, answer.body.type]).toEqual([400, '/problems/malformed-request']);
    });

    it('takes null as absent', async () => {
      const { token } = await client.newSession();
      const nothing = { expires_in: null, roles: null, current_password: null };
      expect((await makeKey(client, token, nothing)).body).toMatchObject({
        expires_at: null,
        roles: [],
      });
    });

    it('is refused once there are 50, however many are asked for at once', async () => {
      const { token, ...account } = await client.newSession();
      const answers = await Promise.all(Array.from({ length: 60 }, () => makeKey(client, token)));
      // On a slow machine some wait too long for their turn.
      for (const { status } of answers) expect([201, 409, 503]).toContain(status);
      while ((await makeKey(client, token)).status === 201);
      const { status, body } = await makeKey(client, token);
      expect([status, body.type]).toEqual([409, '/problems/too-many-keys']);
      const [first, ...others] = (await keysOf(token)).map(({ id }) => String(id));
      expect(others).toHaveLength(49);
      await deleteKey(client, token, first ?? '');
      await newKey(client, token);
      expect((await makeKey(client, await client.login(account))).status).toBe(409);
    }, 60_000);

    it('does not count those that have expired', async () => {
      const { token } = await client.newSession();
      const makeBrief = () => makeKey(client, token, { expires_in: 1 });
      await Promise.all(Array.from({ length: 50 }, makeBrief));
      await eventually(async () => expect(await keysOf(token)).toEqual([]), 5_000);
      await newKey(client, token);
    }, 60_000);
  });

  describe('A key', () => {
    it('stands for its user, and is itself the token, where it is asked who that is', async () => {
      const { account, key } = await newKeyOwner(client);
      const { id, username } = account;
      const read = await client.get('/user', { bearer: key });
      expect([read.status, read.body]).toEqual([200, { user: { id, username }, token: key }]);
      for (const carried of [{ bearer: key }, { json: { token: key } }]) {
        const validated = await client.post('/validate_token', carried);
        expect([validated.status, validated.body]).toEqual([
          200,
          { message: 'Token is valid', token: key },
        ]);
      }
      for (const password of ['', 'x']) {
        const resource = await client.get('/api/resource', { basic: `${key}:${password}` });
        expect([resource.status, resource.body]).toEqual([200, { data: `Hello, ${username}!` }]);
      }
      const verified = await client.get('/auth/verify', { bearer: key });
      expect(verified.status).toBe(200);
      expect(verified.headers.get('x-user-id')).toBe(String(id));
      expect(verified.headers.get('x-user-name')).toBe(username);
    });

    it.each(ALL_ROUTES.filter((route) => !isOfKeys(route)))(
      'is refused for $method $path by $carrier (S95)',
      async (route) => {
        const { account, token, id, key } = await newKeyOwner(client);
        const answer = await present(client, route, key);
        expect([answer.status, answer.body.type]).toEqual(NOT_WITH_A_KEY);
        expect((await keysOf(token)).map((listed) => listed.id)).toEqual([id]);
        expect((await client.get('/user', { bearer: key })).body.user.id).toBe(account.id);
      },
    );

    it('is 401 everywhere once it is deleted', async () => {
      const { token, id, key } = await newKeyOwner(client);
      expect((await client.get('/user', { bearer: key })).status).toBe(200);
      await deleteKey(client, token, id);
      for (const route of ALL_ROUTES) {
        const answer = await present(client, route, key);
        expect([route, answer.status]).toEqual([route, 401]);
      }
      expect(await keysOf(token)).toEqual([]);
    });

    it('is 401 with a typing error, and any text like it', async () => {
      const { key } = await newKeyOwner(client);
      const mistyped = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
      for (const bearer of [
        mistyped,
        'gth_',
        'gth_0123456789ABCDEFGHIJKLMNOPQRST14SUA2',
        key.toUpperCase(),
      ]) {
        const answer = await client.get('/user', { bearer });
        expect([answer.status, answer.body.type]).toEqual([401, '/problems/token-invalid']);
      }
    });

    it('is 401 once it has expired', async () => {
      const { token, key } = await newKeyOwner(client, { expires_in: 1 });
      await sleep(1_100);
      expect((await client.get('/user', { bearer: key })).status).toBe(401);
      expect(await keysOf(token)).toEqual([]);
    });

    it('lives for a while that was named', async () => {
      const { key } = await newKeyOwner(client, { expires_in: 60 });
      expect((await client.get('/user', { bearer: key })).status).toBe(200);
      expect((await client.get('/user', { bearer: key })).status).toBe(200);
    });

    it('shows the present name of its user', async () => {
      const { account, token, key } = await newKeyOwner(client);
      await client.get('/user', { bearer: key });
      const username = `${account.username}-new`;
      await client.put('/user', { bearer: token, json: { username } });
      expect((await client.get('/user', { bearer: key })).body.user.username).toBe(username);
    });

    it('outlives the sessions, and a change of the password', async () => {
      const { account, token, key } = await newKeyOwner(client);
      const { status } = await client.put('/user', {
        bearer: token,
        json: { password: 'battery staple', current_password: account.password },
      });
      expect(status).toBe(200);
      const again = await client.login({ ...account, password: 'battery staple' });
      await client.delete('/user/sessions', { bearer: again });
      expect((await client.get('/user', { bearer: key })).status).toBe(200);
    });

    it('dies with the account', async () => {
      const { token, key } = await newKeyOwner(client);
      const { key: unused } = await newKey(client, token);
      expect((await client.get('/user', { bearer: key })).status).toBe(200);
      expect((await client.delete('/user', { bearer: token })).status).toBe(200);
      for (const bearer of [key, unused]) {
        expect((await client.get('/user', { bearer })).status).toBe(401);
      }
    });

    it('is told by when it was used last, to the minute', async () => {
      const { token, key } = await newKeyOwner(client);
      const before = Date.now();
      await client.get('/user', { bearer: key });
      await eventually(async () => {
        const [listed] = await keysOf(token);
        const lastUsedAt = Date.parse(String(listed?.last_used_at));
        expect(lastUsedAt).toBeGreaterThanOrEqual(before - 60_000);
        expect(lastUsedAt).toBeLessThanOrEqual(Date.now());
      }, 5_000);
    });

    it('may come in the header and the same in the body', async () => {
      const { key } = await newKeyOwner(client);
      const { key: other } = await newKeyOwner(client);
      const both = (token: string) =>
        client.post('/validate_token', { bearer: key, json: { token } });
      expect((await both(key)).status).toBe(200);
      expect((await both(other)).body.type).toBe('/problems/several-credentials');
    });
  });

  describe('The deletion', () => {
    it("is 404 for another user's key, and for what is none", async () => {
      const { token, id, key } = await newKeyOwner(client);
      const { token: other } = await client.newSession();
      for (const unknown of [id, 'AAAAAAAAAAAAAAAAAAAAAA', 'nothing', key]) {
        const answer = await client.delete(`/user/keys/${unknown}`, { bearer: other });
        expect([answer.status, answer.body.type]).toEqual([404, '/problems/unknown-key']);
      }
      expect((await client.get('/user', { bearer: key })).status).toBe(200);
      await deleteKey(client, token, id);
    });

    it('can be repeated, and is told once', async () => {
      const { token, id } = await newKeyOwner(client);
      await deleteKey(client, token, id);
      expect([200, 404]).toContain(
        (await client.delete(`/user/keys/${id}`, { bearer: token })).status,
      );
      const events = (await eventsOf(token)).filter((type) => type.startsWith('key.'));
      expect(events).toEqual(['key.deleted', 'key.created']);
    });

    it('leaves nothing of a key that was used beside it, in 200 rounds', async () => {
      const { token } = await client.newSession();
      for (let round = 0; round < 200; round += 1) {
        const { id, key } = await newKey(client, token);
        if (round % 2 === 0) await client.get('/user', { bearer: key });
        const beside = [0, 1, 2].map(() => client.get('/user', { bearer: key }));
        await deleteKey(client, token, id);
        expect((await client.get('/user', { bearer: key })).status).toBe(401);
        for (const { status } of await Promise.all(beside)) expect([200, 401]).toContain(status);
        expect((await client.get('/user', { bearer: key })).status).toBe(401);
      }
    }, 120_000);
  });

  describe('A name of the form of a key', () => {
    const name = 'gth_0123456789ABCDEFGHIJKLMNOPQRST14SUA3';

    it.each([name, name.toLowerCase(), name.toUpperCase()])(
      'is refused for an account: %s',
      async (username) => {
        const json = { username, password: 'correct horse' };
        for (const path of ['/user', '/api/users']) {
          const { status, body } = await client.post(path, { json });
          expect([status, body.errors[0].field]).toEqual([400, 'username']);
        }
        const { token } = await client.newSession();
        expect((await client.put('/user', { bearer: token, json: { username } })).status).toBe(400);
      },
    );

    it.each([name, name.toLowerCase(), name.toUpperCase()])(
      'is a key or nothing as the username of HTTP Basic, and no failed log-in: %s',
      async (username) => {
        // More than the failures that one address may have for one name.
        for (let attempt = 0; attempt < 12; attempt += 1) {
          const answer = await client.get('/api/resource', { basic: `${username}:x` });
          expect([answer.status, answer.body.type]).toEqual([401, '/problems/token-invalid']);
        }
      },
    );

    it('is allowed if it only begins like one', async () => {
      const account = await client.register({ username: `gth_${Date.now()}` });
      const { username, password } = account;
      const answer = await client.get('/api/resource', { basic: `${username}:${password}` });
      expect(answer.status).toBe(200);
    });
  });

  it('are never written to the log (S94)', async () => {
    const { token, id, key } = await newKeyOwner(client);
    await client.get('/user', { bearer: key });
    await client.get('/user/sessions', { bearer: key });
    await deleteKey(client, token, id);
    await client.get('/user', { bearer: key });
    await client.delete(`/user/keys/${key}`, { bearer: token });
    const told = () => server.lines.map(({ event }) => event);
    await eventually(() => {
      expect(told()).toEqual(expect.arrayContaining(['key.created', 'key.deleted']));
      return Promise.resolve();
    }, 2_000);
    expect(server.output).not.toContain(key.slice(4, -6));
  });
});

describeOnEachDatabase('API keys where a password change needs the current password', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({
      PASSWORD_CHANGE_REQUIRES_CURRENT: 'true',
      LOGIN_MAX_FAILURES: '3',
    }));
  });

  it('are made with it alone, and a wrong one counts as a failed log-in', async () => {
    const { token, ...account } = await client.newSession();
    const missing = await makeKey(client, token);
    expect(missing.body.errors).toEqual([
      { field: 'current_password', detail: 'is needed to make an API key' },
    ]);
    await newKey(client, token, { current_password: account.password });
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { status } = await makeKey(client, token, { current_password: 'wrong' });
      expect(status).toBe(400);
    }
    const throttled = await makeKey(client, token, { current_password: account.password });
    expect([throttled.status, throttled.body.type]).toEqual([429, '/problems/too-many-attempts']);
  });

  it('are not made if the session ends, or the password changes, beside it', async () => {
    for (const waitMs of [0, 10, 30]) {
      const { token, ...account } = await client.newSession();
      const elsewhere = await client.login(account);
      const current_password = account.password;
      const making = makeKey(client, token, { current_password });
      await sleep(waitMs);
      const changed = await client.put('/user', {
        bearer: elsewhere,
        json: { password: 'battery staple', current_password },
      });
      expect(changed.status).toBe(200);
      const made = await making;
      expect([201, 401]).toContain(made.status);
      const bearer = changed.body.token as string;
      const { body } = await client.get('/user/keys', { bearer });
      expect(body.keys).toHaveLength(made.status === 201 ? 1 : 0);
    }
  });
});

describeOnEachDatabase('API keys where tokens are good for one request', (start) => {
  it('are good for any number', async () => {
    const { client } = await start({ TOKEN_SINGLE_USE: 'true' });
    const { token } = await client.newSession();
    const made = await makeKey(client, token);
    expect(made.status).toBe(201);
    const key = made.body.key as string;
    for (let use = 0; use < 3; use += 1) {
      const { status, body, headers } = await client.get('/user', { bearer: key });
      expect([status, body.token, headers.get('x-next-token')]).toEqual([200, key, null]);
    }
    const next = made.headers.get('x-next-token') ?? '';
    const { status, headers } = await client.delete(`/user/keys/${made.body.id as string}`, {
      bearer: next,
    });
    expect([status, headers.get('x-next-token')]).toEqual([200, expect.any(String)]);
    expect((await client.get('/user', { bearer: key })).status).toBe(401);
  });
});

describe('The roles of API keys', () => {
  it('are those that were named, out of what the user has at that moment', async () => {
    const { client, directory } = await Server.start();
    const { token, username } = await client.newSession();
    const database = await SqliteFile.open(join(directory, 'data/gatehouse.sqlite'));
    const setRoles = (roles: string) =>
      database.query('UPDATE users SET roles = ? WHERE username = ?', roles, username);
    await setRoles('admin editor');
    const { status, body } = await makeKey(client, token, { roles: ['editor', 'editor'] });
    expect([status, body.roles]).toEqual([201, ['editor']]);
    await newKey(client, token);
    const unknown = await makeKey(client, token, { roles: ['editor', 'viewer'] });
    expect([unknown.status, unknown.body.errors]).toEqual([
      400,
      [{ field: 'roles', detail: 'must be roles that you have' }],
    ]);
    await setRoles('admin');
    expect((await makeKey(client, token, { roles: ['editor'] })).status).toBe(400);
    const listed = (await client.get('/user/keys', { bearer: token })).body as {
      keys: { roles: string[] }[];
    };
    expect(listed.keys.map(({ roles }) => roles)).toEqual([[], ['editor']]);
    await database.close();
  });
});
