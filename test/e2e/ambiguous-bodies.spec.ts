import { uniqueName, type Client } from '../support/client.js';
import { Server } from '../support/server.js';

describe('A body that could be read in two ways', () => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await Server.start());
  });

  const post = (path: string, body: string | Uint8Array) =>
    client.post(path, { body, headers: { 'content-type': 'application/json' } });

  const loginStatus = async (username: string, password: string) =>
    (await client.post('/authenticate_user', { json: { username, password } })).status;

  describe('because a field comes twice', () => {
    const spellings = [
      ['alike', 'username', 'password'],
      ['once with escapes', 'user\\u006eame', '\\u0070assword'],
    ];

    it.each(spellings)('(%s) counts the last one (F27)', async (_, name, word) => {
      const [first, last] = [uniqueName(), uniqueName()];
      const body =
        `{"username":"${first}","password":"first word",` +
        `"${name}":"${last}","${word}":"second word"}`;
      const answer = await post('/api/users', body);
      expect([answer.status, answer.body]).toEqual([201, { username: last }]);
      expect(await loginStatus(last, 'second word')).toBe(200);
      expect(await loginStatus(last, 'first word')).toBe(401);
      expect(await loginStatus(first, 'first word')).toBe(401);
      await client.register({ username: first });
      expect((await post('/authenticate_user', body)).status).toBe(200);
    });

    it('counts the last one if it is a token, and is refused beside another (F27)', async () => {
      const { token } = await client.newSession();
      const both = (first: string, last: string) => `{"token":"${first}","token":"${last}"}`;
      expect((await post('/validate_token', both('e30', token))).status).toBe(200);
      expect((await post('/validate_token', both(token, 'e30'))).status).toBe(401);
      const answer = await client.post('/validate_token', {
        body: both(token, 'e30'),
        bearer: token,
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(400);
    });

    it('is refused if the last one is not a text (F27)', async () => {
      const username = uniqueName();
      const start = `{"username":"${username}","password":"python"`;
      for (const end of [',"username":null}', ',"password":7}', ',"username":["x"]}']) {
        expect((await post('/user', start + end)).status).toBe(400);
      }
      await client.register({ username });
    });
  });

  describe('because of prototype keys', () => {
    const pollution = '{"username":"polluted","password":"polluted","x":1,"limit":1}';

    it.each([
      `"__proto__":${pollution}`,
      `"__pr\\u006fto__":${pollution}`,
      `"constructor":{"prototype":${pollution}}`,
      `"prototype":${pollution}`,
      `"__proto__":null`,
      `"__proto__":"x"`,
      `"__proto__":[${pollution}]`,
      `"x":{"__proto__":${pollution}}`,
    ])('is refused and leaves a new user as anybody (F26): %s', async (member) => {
      const { token } = await client.newSession();
      for (const path of ['/user', '/api/users', '/authenticate_user', '/validate_token']) {
        expect((await post(path, `{${member}}`)).status).toBe(400);
        const credentials = `"username":"${uniqueName()}","password":"python"`;
        expect((await post(path, `{${credentials},${member}}`)).status).toBe(400);
      }
      const { status } = await client.put('/user', {
        body: `{"password":"another one",${member}}`,
        bearer: token,
        headers: { 'content-type': 'application/json' },
      });
      expect(status).toBe(400);

      const fresh = await client.newSession();
      const { body } = await client.get('/user', { bearer: fresh.token });
      expect(body).toEqual({
        user: { id: fresh.id, username: fresh.username },
        token: fresh.token,
      });
      expect((await post('/user', '{}')).body.errors).toHaveLength(2);
      const page = await client.get('/user/events', { bearer: fresh.token });
      expect(page.body).toEqual({
        events: [expect.anything(), expect.anything()],
        next_cursor: null,
      });
    });
  });

  describe('because its text is broken', () => {
    const broken: [string, number[]][] = [
      ['a byte that UTF-8 never has', [0xff]],
      ['another such byte', [0xfe]],
      ['half a character', [0xc3]],
      ['an overlong character', [0xc0, 0xaf]],
      ['a surrogate', [0xed, 0xa0, 0x80]],
      ['half a pair, escaped', [...Buffer.from('\\ud800')]],
      ['the other half, escaped', [...Buffer.from('\\udfff')]],
      ['a NUL', [0]],
    ];
    const around = (text: string, bytes: number[]) => {
      const [start = '', end = ''] = text.split('*');
      return Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from(end)]);
    };

    it.each([...broken, ['a NUL, escaped', [...Buffer.from('\\u0000')]] as const])(
      '(%s) makes no account, under no name (F28)',
      async (_, bytes) => {
        const stem = uniqueName('broken');
        for (const text of [
          `{"username":"${stem}*","password":"correct horse"}`,
          `{"username":"${stem}","password":"correct* horse"}`,
        ]) {
          for (const path of ['/user', '/api/users']) {
            expect((await post(path, around(text, [...bytes]))).status).toBe(400);
          }
        }
        // Neither cut, nor mended, nor under what a broken text is often replaced with.
        for (const end of ['', '\ufffd', '\ufffd\ufffd\ufffd', '?', '\0']) {
          expect(await loginStatus(stem + end, 'correct horse')).toBe(401);
        }
        expect(await loginStatus(stem, 'correct\ufffd horse')).toBe(401);
        await client.register({ username: stem });
      },
    );

    it('opens no account whose password is what it would be mended to (F28)', async () => {
      const { username } = await client.register({ password: 'correct\ufffd horse' });
      for (const [, bytes] of broken) {
        const text = `{"username":"${username}","password":"correct* horse"}`;
        const { status } = await post('/authenticate_user', around(text, bytes));
        expect(status).toBe(400);
      }
      for (const bytes of [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0]]) {
        const credentials = around(`${username}:correct* horse`, bytes).toString('base64');
        const authorization = `Basic ${credentials}`;
        const answer = await client.get('/api/resource', { headers: { authorization } });
        expect(answer.status).toBe(401);
      }
      expect(await loginStatus(username, 'correct\ufffd horse')).toBe(200);
    });
  });
});
