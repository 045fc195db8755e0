import { describeOnEachBackend } from '../support/backends.js';
import { uniqueName, type Answer, type Client } from '../support/client.js';

describeOnEachBackend('Accounts', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start());
  });

  const register = (json: unknown) => client.post('/user', { json });
  const logIn = (json: unknown) => client.post('/authenticate_user', { json });

  describe('POST /user', () => {
    it('makes an account', async () => {
      const answer = await register({ username: uniqueName(), password: 'python' });
      expect([answer.status, answer.text]).toEqual([
        201,
        '{"message":"User created successfully"}',
      ]);
    });

    it.each([
      ['nothing', {}, ['username', 'password']],
      ['no password', { username: 'susan' }, ['password']],
      ['a number as username', { username: 12345, password: 'python' }, ['username']],
      ['null as password', { username: 'susan', password: null }, ['password']],
      ['an object as username', { username: { not: '' }, password: 'python' }, ['username']],
      ['a list as password', { username: 'susan', password: ['python'] }, ['password']],
      ['an empty username', { username: '', password: 'python' }, ['username']],
      ['a username of 3 characters', { username: 'sue', password: 'python' }, ['username']],
      ['one of 81', { username: 'a'.repeat(81), password: 'python' }, ['username']],
      ['one of 3 outside the BMP', { username: '𐐨𐐩𐐪', password: 'python' }, ['username']],
      ['one of 9 999', { username: 'a'.repeat(9_999), password: 'x' }, ['username']],
      ['a colon in it', { username: 'su:san', password: 'python' }, ['username']],
      ['a space in it', { username: 'su san', password: 'python' }, ['username']],
      ['a control in it', { username: 'su\u0007san', password: 'python' }, ['username']],
      ['a NUL in it', { username: 'susan\0', password: 'python' }, ['username']],
      [
        'only what is ignored',
        { username: '\u200b\u200c\u200d\u2060', password: 'python' },
        ['username'],
      ],
      ['a short password', { username: 'susan', password: 'pytho' }, ['password']],
      ['a field of its own', { username: 'susan', password: 'python', role: 'admin' }, ['role']],
    ])('refuses %s, naming the field (S14, S16)', async (_, body, fields) => {
      const { status, body: problem } = await register(body);
      expect([status, problem.type]).toEqual([400, '/problems/validation-failed']);
      expect(problem.errors).toEqual(
        fields.map((field) => ({ field, detail: expect.stringMatching(/\w/) })),
      );
    });

    it.each(['abcd', 'a'.repeat(80), '𐐨𐐩𐐪𐐫', '𐐨'.repeat(80), 'josé', "o'brien@example.com"])(
      'takes %s as a username',
      async (username) => {
        expect((await register({ username, password: 'python' })).status).toBe(201);
      },
    );

    it('refuses a taken name in every spelling of it (S14)', async () => {
      const { username } = await client.register({ username: `é${uniqueName()}` });
      const spellings = [
        username,
        username.toUpperCase(),
        username.normalize('NFD'),
        username.replace('user', 'ｕｓｅｒ'),
      ];
      for (const spelling of spellings) {
        const { status, body } = await register({ username: spelling, password: 'python' });
        expect([status, body.type]).toEqual([409, '/problems/username-taken']);
      }
    });
  });

  describe('POST /authenticate_user', () => {
    it('answers a token and how long it lasts', async () => {
      const { username, password } = await client.register();
      const { status, body } = await logIn({ username, password });
      expect([status, body]).toEqual([
        200,
        { token: expect.stringMatching(/^eyJ/), duration: expect.closeTo(2100, -1) },
      ]);
    });

    it('logs in to one account by every spelling, and shows the canonical one (S14)', async () => {
      const name = uniqueName('é-name');
      const { id, password } = await client.register({ username: name.toUpperCase() });
      for (const username of [name, name.normalize('NFD'), name.replace('name', 'ＮＡＭＥ')]) {
        const { body } = await client.get('/user', {
          bearer: await client.login({ username, password }),
        });
        expect(body.user).toEqual({ id, username: name });
      }
    });

    it('answers a failed log-in the same way, whatever was wrong (S13)', async () => {
      const { username } = await client.register({ password: 'correct horse' });
      const failures = [
        { username: uniqueName('nobody'), password: 'correct horse' },
        { username, password: 'wrong horse' },
        { username, password: '' },
        { username, password: 'x' },
        { username, password: 'x'.repeat(257) },
        { username, password: 'correct horse\0' },
        { username: '', password: 'correct horse' },
        { username: 'no:body', password: 'correct horse' },
        { username: 'a'.repeat(5_000), password: '' },
      ];
      const answers: Answer[] = [];
      for (const json of failures) answers.push(await logIn(json));
      expect(answers[0]).toMatchObject({
        status: 401,
        body: { detail: 'Invalid username or password' },
      });
      expect(answers[0]?.headers.get('www-authenticate')).toBe('Bearer realm="gatehouse"');
      for (const answer of answers) {
        expect([answer.status, answer.text]).toEqual([401, answers[0]?.text]);
        expect(comparableHeaders(answer)).toEqual(comparableHeaders(answers[0] as Answer));
      }
    });

    it('knows no one before somebody has registered (S15)', async () => {
      for (const username of ['admin', 'administrator', 'root', 'gatehouse', 'test', 'guest']) {
        for (const password of [username, 'password', '']) {
          expect((await logIn({ username, password })).status).toBe(401);
        }
      }
    });

    it.each([
      ['nothing', {}, ['username', 'password']],
      ['no username', { password: 'python' }, ['username']],
      ['null as password', { username: 'susan', password: null }, ['password']],
      ['a number as password', { username: 'susan', password: 123456 }, ['password']],
      ['a list as username', { username: ['susan'], password: 'python' }, ['username']],
    ])('refuses %s as malformed and not as a failed log-in', async (_, body, fields) => {
      const { status, body: problem } = await logIn(body);
      expect(status).toBe(400);
      expect(problem.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
    });
  });

  describe('GET /user', () => {
    it('shows the caller, and the same token while it has plenty of life left (S16)', async () => {
      const { id, username, token } = await client.newSession();
      const answer = await client.get('/user', { bearer: token });
      expect(answer.status).toBe(200);
      expect(answer.text).toBe(JSON.stringify({ user: { id, username }, token }));
      expect(Number.isInteger(id)).toBe(true);
    });

    it('numbers the accounts upward', async () => {
      const first = await client.register();
      const second = await client.register();
      expect(first.id).toBeGreaterThanOrEqual(1);
      expect(second.id).toBeGreaterThan(first.id);
    });
  });

  describe('DELETE /user', () => {
    it('ends every session, and the account with them (S46)', async () => {
      const { token, ...account } = await client.newSession();
      const elsewhere = await client.login(account);
      const answer = await client.delete('/user', { bearer: token });
      expect([answer.status, answer.text]).toEqual([
        200,
        '{"message":"User deleted successfully"}',
      ]);
      expect(await client.accepts(token)).toBe(false);
      expect(await client.accepts(elsewhere)).toBe(false);
      expect((await client.post('/renew_token', { bearer: elsewhere })).status).toBe(401);
      expect((await client.delete('/user', { bearer: token })).status).toBe(401);
      const { username, password } = account;
      expect((await logIn({ username, password })).status).toBe(401);
      expect((await client.get(`/api/users/${account.id}`)).status).toBe(400);
    });

    it('frees the name but never the id, and old tokens do not act for the new account (S46)', async () => {
      const { token, ...account } = await client.newSession();
      await client.delete('/user', { bearer: token });
      const successor = await client.newSession(account);
      expect(successor.username).toBe(account.username);
      expect(successor.id).toBeGreaterThan(account.id);
      expect(await client.accepts(token)).toBe(false);
      expect((await client.post('/renew_token', { bearer: token })).status).toBe(401);
      expect((await client.get('/api/resource', { basic: `${token}:x` })).status).toBe(401);
      expect(await client.accepts(successor.token)).toBe(true);
    });
  });
});

/** The headers that must be the same in two answers of one kind. */
function comparableHeaders({ headers }: Answer): [string, string][] {
  return [...headers].filter(([name]) => name !== 'date' && name !== 'x-request-id');
}
