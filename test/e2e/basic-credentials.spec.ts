import { describeOnEachDatabase } from '../support/backends.js';
import { uniqueName, type Answer, type Client } from '../support/client.js';

const PATH = '/api/resource';

describeOnEachDatabase('HTTP Basic credentials', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start());
  });

  const withHeader = (authorization: string): Promise<Answer> =>
    client.get(PATH, { headers: { authorization } });

  const base64 = (text: string | Uint8Array): string => Buffer.from(text).toString('base64');

  const expectRefused = ({ status, headers }: Answer): void => {
    expect([status, headers.get('www-authenticate')]).toEqual([
      401,
      'Basic realm="Authentication Required"',
    ]);
  };

  it.each(['pa:ss:word', ':colons', 'colons:', ':::::::'])(
    'end the username at the first colon: the password is %s (S19)',
    async (password) => {
      const { username } = await client.register({ password });
      const { status, body } = await client.get(PATH, { basic: `${username}:${password}` });
      expect([status, body]).toEqual([200, { data: `Hello, ${username}!` }]);
      expectRefused(await client.get(PATH, { basic: `${username}:${password.split(':')[0]}` }));
    },
  );

  it.each(['Basic', 'basic', 'BASIC', 'bAsIc'])('name their scheme as %s (S22)', async (scheme) => {
    const { username, password } = await client.register();
    const answer = await withHeader(`${scheme} ${base64(`${username}:${password}`)}`);
    expect(answer.status).toBe(200);
  });

  it('are UTF-8, in every spelling of the username (S20)', async () => {
    const { username, password } = await client.register({
      username: uniqueName('zoë'),
      password: 'crème brûlée £€',
    });
    for (const spelling of [username, username.toUpperCase(), username.normalize('NFD')]) {
      const { body } = await client.get(PATH, { basic: `${spelling}:${password}` });
      expect(body).toEqual({ data: `Hello, ${username}!` });
    }
  });

  it('are refused in Latin-1, and do not stand for what it would be mended to (S20)', async () => {
    const { username } = await client.register({ password: 'cr\ufffdme br\ufffdl\ufffde' });
    expectRefused(
      await withHeader(`Basic ${base64(Buffer.from(`${username}:crème brûlée`, 'latin1'))}`),
    );
    expect(
      (await client.get(PATH, { basic: `${username}:cr\ufffdme br\ufffdl\ufffde` })).status,
    ).toBe(200);
  });

  it.each(['tab\tinside', 'line feed\n', '\u007fdelete'])(
    'are refused with a control, if the account has it too: %j (S21)',
    async (password) => {
      const { username } = await client.register({ password });
      expectRefused(await client.get(PATH, { basic: `${username}:${password}` }));
      await client.login({ username, password });
    },
  );

  const malformed: [string, (pair: string) => string][] = [
    ['a scheme of a similar name', (pair) => `BasicAuth ${base64(pair)}`],
    ['no scheme', (pair) => base64(pair)],
    ['the scheme alone', () => 'Basic'],
    ['plain text', (pair) => `Basic ${pair}`],
    ['something in front', (pair) => `Basic *${base64(pair)}`],
    ['something at the end', (pair) => `Basic ${base64(pair)}*`],
    ['padding inside', (pair) => `Basic ${base64(pair.slice(0, 4))}==${base64(pair.slice(4))}`],
    ['two of them', (pair) => `Basic ${base64(pair)}, Basic ${base64(pair)}`],
    ['no colon', (pair) => `Basic ${base64(pair.replace(':', ''))}`],
    ['a control in the username', (pair) => `Basic ${base64(pair.replace(':', '\u0001:'))}`],
    ['a byte order mark', (pair) => `Basic ${base64(`\ufeff${pair}`)}`],
  ];

  it.each(malformed)('are refused with %s (S18, S21, S22)', async (_, header) => {
    const { username, password } = await client.register();
    expectRefused(await withHeader(header(`${username}:${password}`)));
  });

  it('are refused with a NUL, and do not stand for what is before it (S21)', async () => {
    const { username, password } = await client.register();
    for (const pair of [`${username}\0:${password}`, `${username}:${password}\0`]) {
      expectRefused(await client.get(PATH, { basic: pair }));
    }
  });

  it('of more than 80 characters are a token or nothing: no password is checked', async () => {
    // 41 characters in the account; decomposed they are 82 in the header, and the same name.
    const username = 'é'.repeat(41);
    const { password, token } = await client.newSession({ username });
    const failedLogins = async (): Promise<number> => {
      const { events } = (await client.get('/user/events', { bearer: token })).body;
      return (events as { type: string }[]).filter(({ type }) => type === 'login.failed').length;
    };
    for (const sent of [password, 'wrong']) {
      expectRefused(await client.get(PATH, { basic: `${username.normalize('NFD')}:${sent}` }));
    }
    expect(await failedLogins()).toBe(0);
    expectRefused(await client.get(PATH, { basic: `${username}:wrong` }));
    expect(await failedLogins()).toBe(1);
  });
});
