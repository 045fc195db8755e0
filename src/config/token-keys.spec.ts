import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { temporaryDirectory } from '../../test/support/server.js';
import { publishedKey, publishedSet } from '../../test/support/token-keys.js';
import { Env } from './env.js';
import { newPrivateKey } from './new-keys.js';
import { loadTokenKeys, secretFor } from './token-keys.js';

const SIGNING_KEY = newPrivateKey('ES256');
const NEXT = newPrivateKey('RS256');
const key = () => randomBytes(48).toString('base64');

describe('The keys of tokens', () => {
  const home = process.cwd();
  beforeEach(() => process.chdir(temporaryDirectory()));
  afterEach(() => process.chdir(home));

  it('are those of SIGNING_KEY and PUBLISHED_KEYS, each once', () => {
    const PUBLISHED_KEYS = publishedSet(NEXT, SIGNING_KEY);
    const { signing, published } = loadTokenKeys(Env.load({ SIGNING_KEY, PUBLISHED_KEYS }));
    expect(signing).toMatchObject({ alg: 'ES256', kid: publishedKey(SIGNING_KEY).kid });
    expect(signing.key.type).toBe('private');
    expect([...published].map(([kid, { alg }]) => [kid, alg])).toEqual([
      [publishedKey(SIGNING_KEY).kid, 'ES256'],
      [publishedKey(NEXT).kid, 'RS256'],
    ]);
    for (const each of published.values()) expect(each.key.type).toBe('public');
  });

  it('have no secret beside a SIGNING_KEY but those that are given, and none is made', () => {
    expect(loadTokenKeys(Env.load({ SIGNING_KEY })).secrets).toEqual([]);
    const [JWT_KEY, JWT_PREVIOUS_KEYS] = [key(), key()];
    const both = loadTokenKeys(Env.load({ SIGNING_KEY, JWT_KEY, JWT_PREVIOUS_KEYS }));
    expect(both.secrets.map((secret) => secret.export().toString())).toEqual([
      JWT_KEY,
      JWT_PREVIOUS_KEYS,
    ]);
    expect(readdirSync('.')).toEqual([]);
  });

  it.each([
    ['JWT_KEY', key()],
    ['SIGNING_KEY', SIGNING_KEY],
    ['SIGNING_KEY', NEXT],
  ])('give other purposes a secret of their own: %s', (name, value) => {
    const secret = (purpose: string) =>
      secretFor(purpose, loadTokenKeys(Env.load({ [name]: value })))
        .export()
        .toString('hex');
    expect(secret('one')).toBe(secret('one'));
    expect(secret('one')).not.toBe(secret('other'));
    expect(secret('one')).toHaveLength(64);
  });
});
