import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse, gatehouseJson, jsonLines } from '../support/cli.js';
import { uniqueName, type Answer } from '../support/client.js';
import { newAddressee } from '../support/mails.js';
import type { Server } from '../support/server.js';
import { atOnce, renew } from '../support/tokens.js';

const PASSWORD = 'correct horse';

interface SecurityEvent {
  type: string;
  outcome: string;
  address: string;
  user_agent: string | null;
}

describeOnEachDatabase('Beside a running service', (start) => {
  let server: Server;

  beforeAll(async () => {
    server = await start();
  });

  const run = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await gatehouse(server, args);
    expect([code, stderr]).toEqual([0, '']);
    return stdout;
  };

  const logIn = (username: string, password: string): Promise<Answer> =>
    server.client.post('/authenticate_user', { json: { username, password } });

  const eventsOf = async (token: string): Promise<SecurityEvent[]> => {
    const { body } = await server.client.get('/user/events?limit=100', { bearer: token });
    return body.events.reverse();
  };

  it('users create makes an account that can log in', async () => {
    const name = uniqueName('New');
    const [user] = await gatehouseJson(server, ['users', 'create', name], `${PASSWORD}\n`);
    expect(user).toEqual({ id: expect.any(Number), username: name.toLowerCase() });
    const token = await server.client.login({ username: name, password: PASSWORD });
    expect(await eventsOf(token)).toMatchObject([
      { type: 'account.registered', address: 'cli', user_agent: null },
      { type: 'login.succeeded', address: '127.0.0.1' },
    ]);
  });

  it('users create refuses a taken name, a short password and a name that cannot be', async () => {
    const { username } = await server.client.register();
    for (const [name, password, reason] of [
      [username.toUpperCase(), PASSWORD, /taken/],
      [uniqueName(), 'short', /at least 6 characters/],
      ['no:body', PASSWORD, /username must not contain/],
    ] as const) {
      const { code, stdout, stderr } = await gatehouse(server, ['users', 'create', name], password);
      expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(reason)]);
    }
  });

  it('users list shows every account, and whether it is disabled', async () => {
    const [one, other] = [await server.client.register(), await server.client.register()];
    await run('users', 'disable', other.username);
    const users = await gatehouseJson(server, ['users', 'list']);
    const shown = { created_at: expect.stringMatching(/^\d{4}-.*Z$/) };
    for (const [{ id, username }, disabled] of [
      [one, false],
      [other, true],
    ] as const) {
      expect(users).toContainEqual({
        ...{ id, username, disabled, roles: [], email_verified: false, factors: 0, ...shown },
      });
    }
    const ids = users.map(({ id }) => Number(id));
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    const table = await run('users', 'list');
    expect(table.split('\n')).toHaveLength(users.length + 2);
    expect(table).toMatch(new RegExp(`^ *${other.id}  disabled  .*  ${other.username}$`, 'm'));
  });

  it('users list shows who has a verified address, and users export which one', async () => {
    const { email, ...owner } = await newAddressee(server);
    const users = await gatehouseJson(server, ['users', 'list']);
    expect(users).toContainEqual(expect.objectContaining({ id: owner.id, email_verified: true }));
    expect(JSON.stringify(users)).not.toContain(email);
    const accounts = jsonLines<Record<string, unknown>>(await run('users', 'export'));
    expect(accounts.find(({ id }) => id === owner.id)).toMatchObject({ verified_email: email });
  });

  it('users disable ends every session at once, and log-in is then a wrong password (S13, S46)', async () => {
    const { token, ...account } = await server.client.newSession();
    const elsewhere = await server.client.login(account);
    await run('users', 'disable', account.username.toUpperCase());
    expect(await server.client.accepts(token)).toBe(false);
    expect(await server.client.accepts(elsewhere)).toBe(false);
    expect((await renew(server.client, elsewhere)).status).toBe(401);

    const other = await server.client.register();
    const wrong = await logIn(other.username, 'wrong horse');
    const refused = await logIn(account.username, PASSWORD);
    expect([refused.status, refused.text]).toEqual([401, wrong.text]);
    expect(comparable(refused)).toEqual(comparable(wrong));
    const basic = { basic: `${account.username}:${PASSWORD}` };
    expect((await server.client.get('/api/token', basic)).status).toBe(401);
    expect((await server.client.get('/api/resource', basic)).status).toBe(401);
    // The name stays somebody's.
    const profile = await server.client.get(`/api/users/${account.id}`);
    expect([profile.status, profile.body]).toEqual([200, { username: account.username }]);
  });

  it('users enable lets the old password log in again, and the owner sees what happened', async () => {
    const { token, id, username } = await server.client.newSession();
    await run('users', 'disable', '--id', String(id));
    expect((await logIn(username, PASSWORD)).status).toBe(401);
    const [enabled] = await gatehouseJson(server, ['users', 'enable', username]);
    expect(enabled).toEqual({ id, username, disabled: false, changed: true });
    expect(await server.client.accepts(token)).toBe(false);
    const events = await eventsOf(await server.client.login({ username, password: PASSWORD }));
    expect(events.map(({ type, address }) => [type, address])).toEqual([
      ['account.registered', '127.0.0.1'],
      ['login.succeeded', '127.0.0.1'],
      ['account.disabled', 'cli'],
      ['login.failed', '127.0.0.1'],
      ['account.enabled', 'cli'],
      ['login.succeeded', '127.0.0.1'],
    ]);
  });

  it('the second of two disables, or enables, changes nothing and says so', async () => {
    const { username } = await server.client.register();
    for (const verb of ['disable', 'enable']) {
      const answers = [
        ...(await gatehouseJson(server, ['users', verb, username])),
        ...(await gatehouseJson(server, ['users', verb, username])),
      ];
      expect(answers.map(({ changed }) => changed)).toEqual([true, false]);
    }
  });

  it('no log-in that began before a disable survives it (S46)', async () => {
    const account = await server.client.register();
    let isDisabled = false;
    const tokens: string[] = [];
    const logInMeanwhile = async (): Promise<void> => {
      while (!isDisabled) {
        const { status, body } = await logIn(account.username, PASSWORD);
        if (status === 200) tokens.push(body.token as string);
      }
    };
    // More than hash at once, so that some have read the account long before their turn comes.
    const logIns = atOnce(20, logInMeanwhile);
    await run('users', 'disable', account.username);
    isDisabled = true;
    await logIns;
    expect(tokens.length).toBeGreaterThan(0);
    const accepted = await Promise.all(tokens.map((token) => server.client.accepts(token)));
    expect(accepted.filter(Boolean)).toEqual([]);
  });

  it('users set-password ends every session, and the new password alone logs in', async () => {
    const { token, username } = await server.client.newSession();
    const args = ['users', 'set-password', username];
    const { code } = await gatehouse(server, args, 'battery staple\n');
    expect([code, await server.client.accepts(token)]).toEqual([0, false]);
    expect((await logIn(username, PASSWORD)).status).toBe(401);
    const fresh = await server.client.login({ username, password: 'battery staple' });
    const types = (await eventsOf(fresh)).map(({ type, address }) => `${type} ${address}`);
    expect(types).toContain('password.changed cli');
  });

  it('users set-password does not enable an account', async () => {
    const { username } = await server.client.register();
    await run('users', 'disable', username);
    await gatehouse(server, ['users', 'set-password', username], 'battery staple');
    expect((await logIn(username, 'battery staple')).status).toBe(401);
  });

  it('users delete ends every session, frees the name and never the id (S46)', async () => {
    const { token, id, username } = await server.client.newSession();
    await run('users', 'delete', username);
    expect(await server.client.accepts(token)).toBe(false);
    expect((await logIn(username, PASSWORD)).status).toBe(401);
    expect((await server.client.register({ username })).id).toBeGreaterThan(id);
  });

  it('a user who is not there is told of', async () => {
    for (const verb of ['disable', 'enable', 'delete']) {
      const { code, stderr } = await gatehouse(server, ['users', verb, 'nobody-at-all']);
      expect([code, stderr]).toEqual([1, 'There is no user of this name: nobody-at-all\n']);
    }
    const { code, stderr } = await gatehouse(server, ['users', 'delete', '--id', '999999']);
    expect([code, stderr]).toEqual([1, 'There is no user with the id 999999\n']);
  });

  it('sessions list shows those of an account, and sessions end ends them at once (S48)', async () => {
    const { token, ...account } = await server.client.newSession();
    const other = await server.client.login(account);
    const { body } = await server.client.get('/user/sessions', { bearer: token });
    const listed = await gatehouseJson(server, ['sessions', 'list', account.username]);
    const known = body.sessions.map(
      ({ current: _, ...session }: Record<string, unknown>) => session,
    );
    expect(listed).toEqual(known);
    expect(await run('sessions', 'list', account.username)).toContain(String(listed[0]?.id));

    const { id } = body.sessions.find(({ current }: { current: boolean }) => !current);
    await run('sessions', 'end', id as string);
    expect([await server.client.accepts(other), await server.client.accepts(token)]).toEqual([
      false,
      true,
    ]);
    await run('sessions', 'end', '--user', account.username);
    expect(await server.client.accepts(token)).toBe(false);
    const types = (await eventsOf(await server.client.login(account))).map(({ type }) => type);
    expect(types.slice(3)).toEqual(['session.ended', 'sessions.ended', 'login.succeeded']);
  });
});

/** The headers but for those that differ from answer to answer. */
function comparable({ headers }: Answer): [string, string][] {
  return [...headers].filter(([name]) => !['date', 'x-request-id'].includes(name));
}
