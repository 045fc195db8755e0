import { describeOnEachDatabase } from '../support/backends.js';
import { uniqueName, type Account, type Client } from '../support/client.js';

/** Each would change what a query means that takes it for a part of itself; usernames have no spaces. */
const INJECTIONS = [
  `'or'1'='1`,
  `'/**/or/**/1=1--`,
  `' OR '1'='1`,
  `' OR 1=1 --`,
  `'; DROP TABLE users; --`,
  `') UNION SELECT 1, 'x', 'x', 1, 1 --`,
  `1; UPDATE users SET username = 'mallory'`,
  `$1`,
  `?`,
];

describeOnEachDatabase('SQL', (start) => {
  let client: Client;
  let account: Account & { token: string };

  beforeAll(async () => {
    ({ client } = await start({ LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0' }));
    account = await client.newSession();
  });

  /** The account is as it was, and so are the tables. */
  afterEach(async () => {
    await client.login(account);
    const { body } = await client.get('/user', { bearer: account.token });
    expect(body.user).toEqual({ id: account.id, username: account.username });
  });

  it.each(INJECTIONS)('is text in a username and in a password: %s (S85)', async (text) => {
    const { username, password } = account;
    for (const json of [
      { username: text, password },
      { username: username + text, password },
      { username, password: text },
      { username, password: password + text },
    ]) {
      expect((await client.post('/authenticate_user', { json })).status).toBe(401);
    }
    expect((await client.get('/api/resource', { basic: `${username}:${text}` })).status).toBe(401);
  });

  it.each(INJECTIONS)('is the text of a password that is set: %s (S85)', async (text) => {
    const one = await client.register({ password: `horse ${text}` });
    await client.login(one);
    const name = `${uniqueName()}${text.replace(/[\s:]/g, '')}`;
    const json = { username: name, password: 'correct horse' };
    const { status } = await client.post('/user', { json });
    if (status === 201) await client.login(json);
    else expect(status).toBe(400);
  });

  it.each(INJECTIONS)('is text in an address: %s (S85)', async (text) => {
    const { id, token } = account;
    const encoded = encodeURIComponent(text);
    const statuses = [
      await client.get(`/api/users/${encoded}`),
      await client.get(`/api/users/${id}${encoded}`),
      await client.get(`/user/events?limit=${encoded}`, { bearer: token }),
      await client.get(`/user/events?cursor=1${encoded}`, { bearer: token }),
      await client.delete(`/user/sessions/${encoded}`, { bearer: token }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([400, 400, 400, 400, 404]);
  });

  it.each(INJECTIONS)('is text in what describes the client: %s (S85)', async (text) => {
    const { username, password } = account;
    const { status, body } = await client.post('/authenticate_user', {
      json: { username, password },
      headers: { 'user-agent': text },
    });
    expect(status).toBe(200);
    const { sessions } = (await client.get('/user/sessions', { bearer: body.token })).body;
    expect(sessions[0]).toMatchObject({ current: true, user_agent: text });
  });
});
