import { describeOnEachDatabase } from '../support/backends.js';
import { uniqueName, type Client } from '../support/client.js';

describeOnEachDatabase('Passwords', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start());
  });

  const register = (password: string) =>
    client.post('/user', { json: { username: uniqueName(), password } });

  const opens = async (username: string, password: string): Promise<boolean> => {
    const { status } = await client.post('/authenticate_user', { json: { username, password } });
    expect([200, 401]).toContain(status);
    return status === 200;
  };

  it.each([
    ['6 letters', 'python'],
    ['6 spaces', ' '.repeat(6)],
    ['6 emoji', '🐍'.repeat(6)],
    ['64 letters', 'p'.repeat(64)],
    ['256 letters', 'p'.repeat(256)],
    ['256 emoji', '🐍'.repeat(256)],
    ['a colon, a tab and a line feed', 'py:th\ton\n'],
  ])('of %s open the account (S2, S3, S4)', async (_, password) => {
    const { username } = await client.register({ password });
    expect(await opens(username, password)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['5 letters', 'pytho'],
    ['5 emoji, which are 10 code units', '🐍'.repeat(5)],
    ['257 letters', 'p'.repeat(257)],
    ['257 emoji', '🐍'.repeat(257)],
    ['a NUL inside', 'pyt\0hon'],
    ['a NUL at the end', 'python\0'],
  ])('of %s are refused (S1, S2, S3)', async (_, password) => {
    const { status, body } = await register(password);
    expect([status, body.errors]).toEqual([
      400,
      [{ field: 'password', detail: expect.any(String) }],
    ]);
  });

  it.each([
    ['another case', 'Correct Horse', 'correct horse'],
    ['a space at the end', 'correct horse', 'correct horse '],
    ['a space at the start', 'correct horse', ' correct horse'],
    ['a NUL at the end', 'correct horse', 'correct horse\0'],
    ['a ligature', 'ﬁne horse', 'fine horse'],
    ['full-width letters', 'correct horse', 'ｃorrect horse'],
    ['no accent', 'corréct horse', 'correct horse'],
    ['other than its first 72 bytes', 'p'.repeat(72) + 'ython', 'p'.repeat(72) + 'other'],
    ['64 characters, the last another', 'é'.repeat(63) + 'a', 'é'.repeat(63) + 'b'],
    ['256 characters, the last missing', 'p'.repeat(256), 'p'.repeat(255)],
    ['cut at 256', 'p'.repeat(256), 'p'.repeat(257)],
  ])('with a twin of %s do not open for it (S2, S7)', async (_, password, twin) => {
    const { username } = await client.register({ password });
    expect(await opens(username, twin)).toBe(false);
    expect(await opens(username, password)).toBe(true);
  });

  it.each(['NFC', 'NFD'])('registered in %s open in the other normal form (S8)', async (form) => {
    const { username } = await client.register({ password: 'crème brûlée'.normalize(form) });
    expect(await opens(username, 'crème brûlée'.normalize('NFC'))).toBe(true);
    expect(await opens(username, 'crème brûlée'.normalize('NFD'))).toBe(true);
  });
});

describeOnEachDatabase('PASSWORD_MIN_LENGTH', (start) => {
  it('is the least number of characters, for registration and change (S1)', async () => {
    const { client } = await start({ PASSWORD_MIN_LENGTH: '12' });
    const { token, username } = await client.newSession({ password: 'twelve chars' });
    const json = { username: uniqueName(), password: 'eleven char' };
    expect((await client.post('/user', { json })).status).toBe(400);
    const change = (password: string) => client.put('/user', { bearer: token, json: { password } });
    expect((await change('eleven char')).status).toBe(400);
    expect((await change('other twelve')).status).toBe(200);
    await client.login({ username, password: 'other twelve' });
  });
});
