import { claimsOf, Client } from '../support/client.js';
import { Guide } from '../support/guide.js';
import { freePort } from '../support/processes.mjs';
import { TEST_KEY } from '../support/tokens.js';

const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as {
    alg: string;
    kid?: string;
  };

it('A service moves to a signing key and to the next one, and its tokens stay good', async () => {
  const port = String(await freePort());
  const guide = new Guide('docs/guides/moving-to-a-signing-key.md', {
    replacements: {
      '127.0.0.1:3000': `127.0.0.1:${port}`,
      'gatehouse@3000': `gatehouse@${port}`,
    },
    variables: { PORT: port },
  });
  await guide.prepare(`echo 'JWT_KEY=${TEST_KEY}' > .env\nnpm start`);
  const client = new Client(`http://127.0.0.1:${port}`);
  const account = await client.register();
  const names: ReturnType<typeof headerOf>[] = [];

  /** A token of now, and whether one of before still gives the next. */
  let token = await client.login(account);
  const look = async () => {
    names.push(headerOf(await client.login(account)));
    const { status, body } = await client.post('/renew_token', { bearer: token });
    expect(status).toBe(200);
    expect(claimsOf(String(body.token)).sid).toBe(claimsOf(token).sid);
    token = String(body.token);
  };

  await guide.follow(2);
  await look();
  await guide.follow(1);
  await look();
  await guide.follow(1);
  await look();
  await guide.follow(1);
  await look();
  await guide.follow(1);
  await look();
  await guide.follow();
  await look();

  const [published, signs, alone, nextPublished, nextSigns, nextAlone] = names;
  expect(published).toEqual({ alg: 'HS256', typ: 'at+jwt' });
  expect(signs).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
  expect([alone, nextPublished]).toEqual([signs, signs]);
  expect(nextSigns).toMatchObject({ alg: 'ES256', kid: expect.any(String) });
  expect(nextSigns?.kid).not.toBe(signs?.kid);
  expect(nextAlone).toEqual(nextSigns);
}, 300_000);
