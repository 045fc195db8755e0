import { describeOnEachDatabase } from '../support/backends.js';
import { claimsOf, uniqueName, type Client } from '../support/client.js';

describeOnEachDatabase('PUT /user', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start());
  });

  const change = (bearer: string, json: unknown) => client.put('/user', { bearer, json });

  it('renames, which every token of the user shows at once', async () => {
    const { token, id, ...account } = await client.newSession();
    const elsewhere = await client.login(account);
    const username = uniqueName('Renamed');
    const answer = await change(token, { username });
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(JSON.stringify({ message: 'User updated successfully', token }));
    for (const bearer of [token, elsewhere]) {
      const { body } = await client.get('/user', { bearer });
      expect(body.user).toEqual({ id, username: username.toLowerCase() });
    }
    const { body } = await client.get('/api/resource', { basic: `${elsewhere}:` });
    expect(body).toEqual({ data: `Hello, ${username.toLowerCase()}!` });
  });

  it('lets the user log in by the new name alone, and others take the old one', async () => {
    const { token, username, password } = await client.newSession();
    const renamed = uniqueName('renamed');
    await change(token, { username: renamed });
    const old = await client.post('/authenticate_user', { json: { username, password } });
    expect(old.status).toBe(401);
    await client.login({ username: renamed, password });
    await client.register({ username });
  });

  it('renames to the same name in another spelling', async () => {
    const { token, username } = await client.newSession();
    expect((await change(token, { username: username.toUpperCase() })).status).toBe(200);
    expect((await client.get('/user', { bearer: token })).body.user.username).toBe(username);
  });

  it('changes the password (S9)', async () => {
    const { token, username } = await client.newSession({ password: 'correct horse' });
    expect((await change(token, { password: 'battery staple' })).status).toBe(200);
    const json = { username, password: 'correct horse' };
    expect((await client.post('/authenticate_user', { json })).status).toBe(401);
    await client.login({ username, password: 'battery staple' });
  });

  it('ends every other session and every token but the fresh one with a password change (S47)', async () => {
    const { token, ...account } = await client.newSession();
    const elsewhere = await client.login(account);
    const renewed = (await client.post('/renew_token', { bearer: token })).body.token as string;
    const { body } = await change(token, { password: 'battery staple' });
    const fresh = body.token as string;
    expect(body).toEqual({ message: 'User updated successfully', token: fresh });
    expect(claimsOf(fresh)).toMatchObject({
      sid: claimsOf(token).sid,
      auth_time: claimsOf(token).auth_time,
    });
    expect(await client.accepts(fresh)).toBe(true);
    for (const dead of [token, renewed, elsewhere]) {
      expect(await client.accepts(dead)).toBe(false);
      expect((await client.post('/validate_token', { json: { token: dead } })).status).toBe(401);
    }
    expect((await client.post('/renew_token', { bearer: elsewhere })).status).toBe(401);
    const { sessions } = (await client.get('/user/sessions', { bearer: fresh })).body;
    expect(sessions).toMatchObject([{ id: claimsOf(fresh).sid, current: true }]);
  });

  it('changes both at once', async () => {
    const { token } = await client.newSession();
    const json = { username: uniqueName('both'), password: 'battery staple' };
    const fresh = (await change(token, json)).body.token as string;
    expect((await client.get('/user', { bearer: fresh })).body.user.username).toBe(json.username);
    await client.login(json);
  });

  it('leaves what is null as it is', async () => {
    const { token, ...account } = await client.newSession();
    const username = uniqueName('kept');
    const json = { username, password: null, current_password: null };
    expect((await change(token, json)).status).toBe(200);
    await client.login({ ...account, username });
  });

  it('refuses a taken name, and then changes nothing', async () => {
    const { token, ...account } = await client.newSession();
    const username = (await client.register()).username.toUpperCase();
    const answer = await change(token, { username, password: 'battery staple' });
    expect([answer.status, answer.body.type]).toEqual([409, '/problems/username-taken']);
    expect(await client.accepts(token)).toBe(true);
    await client.login(account);
  });

  it.each([
    ['nothing', {}],
    ['the current password alone', { current_password: 'correct horse' }],
    ['null in each field', { username: null, password: null, current_password: null }],
  ])('refuses %s as an empty change', async (_, json) => {
    const { token } = await client.newSession();
    const { status, body } = await change(token, json);
    expect([status, body.type]).toEqual([400, '/problems/validation-failed']);
  });

  it.each([
    ['a number as password', { password: 123456 }, 'password'],
    ['a username of 3 characters', { username: 'sue' }, 'username'],
    ['a colon in the username', { username: 'su:san' }, 'username'],
    ['a short password', { password: 'pytho' }, 'password'],
    ['a password of 257 characters', { password: 'x'.repeat(257) }, 'password'],
    ['a NUL in the password', { password: 'battery\0staple' }, 'password'],
    ['an id', { id: 1, username: 'susan' }, 'id'],
  ])('refuses %s, naming the field (S16)', async (_, json, field) => {
    const { token, ...account } = await client.newSession();
    const { status, body } = await change(token, json);
    expect([status, body.errors]).toEqual([400, [{ field, detail: expect.any(String) }]]);
    await client.login(account);
  });

  it.each([
    ['without a token', {}, 'Token is missing'],
    ['with a bad token', { bearer: 'e30.e30.e30' }, 'Invalid or expired token'],
  ])('is closed %s', async (_, credentials, detail) => {
    const answer = await client.put('/user', { json: { username: 'susan' }, ...credentials });
    expect(answer).toMatchObject({ status: 401, body: { detail } });
  });
});

describeOnEachDatabase('PUT /user if a new password needs the current one', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({ PASSWORD_CHANGE_REQUIRES_CURRENT: 'true' }));
  });

  const change = (bearer: string, json: unknown) => client.put('/user', { bearer, json });

  const failedLogins = async (bearer: string): Promise<unknown[]> => {
    const { events } = (await client.get('/user/events', { bearer })).body;
    return (events as { type: string }[]).filter(({ type }) => type === 'login.failed');
  };

  it('refuses a change without it (S9)', async () => {
    const { token, ...account } = await client.newSession();
    const { status, body } = await change(token, { password: 'battery staple' });
    expect([status, body.errors]).toEqual([
      400,
      [{ field: 'current_password', detail: expect.any(String) }],
    ]);
    expect(await failedLogins(token)).toEqual([]);
    await client.login(account);
  });

  it.each([
    ['another', 'wrong horse'],
    ['an empty one', ''],
    ['one too long', 'x'.repeat(257)],
    ['the right one and a NUL', 'correct horse\0'],
  ])('refuses %s, which counts as a failed log-in (S9)', async (_, wrong) => {
    const { token, ...account } = await client.newSession({ password: 'correct horse' });
    const json = { username: uniqueName(), password: 'battery staple', current_password: wrong };
    const { status, body } = await change(token, json);
    expect([status, body.errors]).toEqual([
      400,
      [{ field: 'current_password', detail: expect.any(String) }],
    ]);
    expect(await failedLogins(token)).toMatchObject([{ outcome: 'failure' }]);
    await client.login(account);
  });

  it('changes the password with it (S9)', async () => {
    const { token, username, password } = await client.newSession();
    const json = { password: 'battery staple', current_password: password };
    expect((await change(token, json)).status).toBe(200);
    await client.login({ username, password: 'battery staple' });
  });

  it('renames without it', async () => {
    const { token } = await client.newSession();
    expect((await change(token, { username: uniqueName() })).status).toBe(200);
  });
});
