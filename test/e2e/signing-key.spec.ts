import { createHmac, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Server, temporaryDirectory } from '../support/server.js';
import { renewed } from '../support/tokens.js';

const KEY_FILE = join('data', 'jwt.key');

function isSignedWith(key: string, token: string): boolean {
  const [header, payload, signature] = token.split('.');
  const expected = createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url');
  return signature === expected;
}

describe('The signing key', () => {
  it('is made for a developer, and kept where only the owner reads it', async () => {
    const first = await Server.start();
    const file = join(first.directory, KEY_FILE);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const key = readFileSync(file, 'utf8');
    expect(Buffer.from(key, 'base64').length).toBeGreaterThanOrEqual(32);
    const { token, ...account } = await first.client.newSession();
    expect(isSignedWith(key, token)).toBe(true);

    const second = await first.restart();
    expect(await second.client.accepts(token)).toBe(true);
    expect(isSignedWith(key, await second.client.login(account))).toBe(true);

    await second.stop();
    rmSync(file);
    const third = await second.restart();
    expect(await third.client.accepts(token)).toBe(false);
    expect(readFileSync(file, 'utf8')).not.toBe(key);
  });

  it('is one for two first starts at once, as the database is', async () => {
    const variables = { PUBLIC_URL: 'http://gatehouse.example.com' };
    const directory = temporaryDirectory();
    const [one, other] = await Promise.all([
      Server.start(variables, directory),
      Server.start(variables, directory),
    ]);
    const session = await one.client.newSession();
    expect(await other.client.accepts(session.token)).toBe(true);
    expect(await one.client.accepts(await other.client.login(session))).toBe(true);
    const files = readdirSync(join(directory, 'data'));
    expect(files.filter((name) => name.startsWith('jwt'))).toEqual(['jwt.key']);
  });

  it('is JWT_KEY in its UTF-8 bytes, and tokens of another die', async () => {
    const keys = [randomBytes(24).toString('base64'), 'žluťoučký-kůň-pěl-ďábelské'] as const;
    const first = await Server.start({ JWT_KEY: keys[0] });
    const { token, ...account } = await first.client.newSession();
    expect(isSignedWith(keys[0], token)).toBe(true);
    const second = await first.restart({ JWT_KEY: keys[1] });
    expect(await second.client.accepts(token)).toBe(false);
    expect(isSignedWith(keys[1], await second.client.login(account))).toBe(true);
    expect(readdirSync(join(first.directory, 'data'))).not.toContain('jwt.key');
  });

  it('can be replaced: JWT_PREVIOUS_KEYS keep the sessions of their tokens alive (S43)', async () => {
    const key = () => randomBytes(48).toString('base64');
    const [older, old, next] = [key(), key(), key()] as const;
    const first = await Server.start({ JWT_KEY: older });
    const { token: oldest, ...account } = await first.client.newSession();
    const second = await first.restart({ JWT_KEY: old, JWT_PREVIOUS_KEYS: older });
    const token = await second.client.login(account);
    expect(isSignedWith(old, token)).toBe(true);

    const third = await second.restart({ JWT_KEY: next, JWT_PREVIOUS_KEYS: `${old}, ${older}` });
    for (const earlier of [oldest, token]) {
      const { status, body } = await third.client.get('/user', { bearer: earlier });
      expect([status, body.token]).toEqual([200, earlier]);
    }
    const successor = await renewed(third.client, oldest);
    expect(isSignedWith(next, successor)).toBe(true);

    const fourth = await third.restart({ JWT_PREVIOUS_KEYS: '' });
    expect(await fourth.client.accepts(token)).toBe(false);
    expect(await fourth.client.accepts(successor)).toBe(true);
  });
});
