import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { temporaryDirectory } from '../../test/support/server.js';
import { Env } from './env.js';
import { keyFault } from './jwt-key.js';
import { loadTokenKeys } from './token-keys.js';

const TOO_SHORT = 'must have at least 32 bytes';
const PUBLISHED = 'is published: make your own';
const GUESSABLE = 'is too easy to guess: make one with openssl rand -base64 48';
const WORDS =
  'is made of words (most letters follow each other as in English): make one with openssl rand -base64 48';

describe('A JWT_KEY', () => {
  it.each([
    ['48 random bytes in base64', () => randomBytes(48).toString('base64')],
    ['16 random bytes in hexadecimal digits', () => '2f8e1c7a9b04d6f35e8a1b9c7d20f463'],
    ['letters of two bytes each', () => 'ñçüßøæåéèêëàâäöô'],
    ['a label and 16 random bytes', () => 'gatehouse-production-2f8e1c7a9b04d6f35e8a1b9c7d20f463'],
  ])('may be %s', (_, key) => {
    expect(keyFault(key())).toBeUndefined();
  });

  it.each([
    ['empty', '', TOO_SHORT],
    ['31 bytes long', 'pZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeA', TOO_SHORT],
    ['the sample of jwt.io', 'a-string-secret-at-least-256-bits-long', PUBLISHED],
    ['a sample in capitals', 'A-STRING-SECRET-AT-LEAST-256-BITS-LONG', PUBLISHED],
    [
      'the sample of a well-known service',
      'super-secret-jwt-token-with-at-least-32-characters-long',
      PUBLISHED,
    ],
    [
      'a secret of public code',
      '404E635266556A586E3272357538782F413F4428472B4B6250645367566B5970',
      PUBLISHED,
    ],
    [
      'a secret of public code',
      '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7',
      PUBLISHED,
    ],
    ['a secret of public code', 'my-32-character-ultra-secure-and-ultra-long-secret', PUBLISHED],
    ['a secret of public code', 'qwertyuiopasdfghjklzxcvbnm123456', PUBLISHED],
    ['counted', 'abcdefghijklmnopqrstuvwxyz012345', GUESSABLE],
    ['counted down', 'zyxwvutsrqponmlkjihgfedcba98765432', GUESSABLE],
    ['one letter many times', 'a'.repeat(64), GUESSABLE],
    ['made of seven letters', 'abcdefgabcdefgbacdefgabdcefgabcedfg', GUESSABLE],
    ['a word many times', 'changeme1234'.repeat(4), GUESSABLE],
    ['a word many times and a bit of it', 'changeme1234'.repeat(3) + 'chan', GUESSABLE],
    ['a sentence', 'the quick brown fox jumps over the lazy dog 123', WORDS],
    ['a sentence', 'this is my very long secret key for jwt!!', WORDS],
    ['a few words', 'correct-horse-battery-staple-correct-horse', WORDS],
    ['a few words', 'MySuperSecretJwtSigningKeyForProduction2024!', WORDS],
    ['a few words', 'MY_SUPER_SECRET_SIGNING_KEY_DO_NOT_SHARE_1', WORDS],
    ['words of another language', 'dies ist mein sehr langer geheimer schluessel', WORDS],
    ['words of another language', 'esta es mi clave secreta muy larga y segura', WORDS],
  ])('may not be %s (S34)', (_, key, fault) => {
    expect(keyFault(key)).toBe(fault);
  });

  it.each([
    ['a comma', 'pZ1x8Wq4TnB6cVfR,2sYhJ0kLmD9gUeAo', /^has a comma/],
    ['a comma at its end', 'pZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeAo,', /^has a comma/],
    ['a space at its end', 'pZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeAo ', /white space/],
    ['a no-break space before it', '\u00a0pZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeAo', /white space/],
    ['a byte order mark before it', '\ufeffpZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeAo', /white space/],
    ['a line break in it', 'pZ1x8Wq4TnB6cVfR\n2sYhJ0kLmD9gUeAo', /control character/],
    ['an escape in it', 'pZ1x8Wq4TnB6cVfR\u001b2sYhJ0kLmD9gUeAo', /control character/],
    ['a byte that is not UTF-8', 'pZ1x8Wq4TnB6cVfR\ufffd2sYhJ0kLmD9gUeAo', /not UTF-8/],
  ])('may not have %s, because it could not stay the same as a previous one', (_, key, fault) => {
    expect(keyFault(key)).toMatch(fault);
  });

  it('is the same one in JWT_PREVIOUS_KEYS, whatever else it is made of', () => {
    const key = (JWT_KEY: string) => loadTokenKeys(Env.load({ JWT_KEY })).secrets[0]?.export();
    for (const JWT_KEY of ['#"\'`$\\{}=: ;|&~!%^*()<>?[]@-_+/.12', 'x y  z ñçüßøæåéèêëàâäöô 😀']) {
      const moved = { JWT_KEY: randomBytes(48).toString('base64'), JWT_PREVIOUS_KEYS: JWT_KEY };
      expect(loadTokenKeys(Env.load(moved)).secrets[1]?.export()).toEqual(key(JWT_KEY));
    }
  });

  it('is a secret of its UTF-8 bytes', () => {
    const JWT_KEY = 'ñçüßøæåéèêëàâäöô';
    const { key } = loadTokenKeys(Env.load({ JWT_KEY })).signing;
    expect(key.type).toBe('secret');
    expect(key.export()).toEqual(Buffer.from(JWT_KEY, 'utf8'));
  });

  it('is the first of the keys that verify, before the previous ones', () => {
    const [JWT_KEY = '', ...previous] = [1, 2, 3].map(() => randomBytes(48).toString('base64'));
    const env = Env.load({ JWT_KEY, JWT_PREVIOUS_KEYS: previous.join(', ') });
    const { signing, published, secrets } = loadTokenKeys(env);
    expect(secrets.map((key) => key.export().toString())).toEqual([JWT_KEY, ...previous]);
    expect(signing).toEqual({ alg: 'HS256', kid: undefined, key: secrets[0] });
    expect(published.size).toBe(0);
    expect(loadTokenKeys(Env.load({ JWT_KEY })).secrets).toHaveLength(1);
  });
});

describe('The key of development', () => {
  const env = Env.load({});
  const home = process.cwd();
  const load = () => loadTokenKeys(env).signing.key.export().toString();

  beforeEach(() => process.chdir(temporaryDirectory()));
  afterEach(() => process.chdir(home));

  it('is made at random', () => {
    const first = load();
    expect(keyFault(first)).toBeUndefined();
    rmSync('data/jwt.key');
    expect(load()).not.toBe(first);
  });

  it('is kept for the next start, readable by its owner alone and with nothing beside it', () => {
    const first = load();
    expect(readFileSync('data/jwt.key', 'utf8')).toBe(first);
    expect(statSync('data/jwt.key').mode & 0o777).toBe(0o600);
    expect(statSync('data').mode & 0o777).toBe(0o700);
    expect(readdirSync('data')).toEqual(['jwt.key']);
    expect(load()).toBe(first);
  });

  it('is read without the line break of an editor', () => {
    const key = randomBytes(48).toString('base64');
    mkdirSync('data');
    writeFileSync('data/jwt.key', `${key}\n`);
    expect(load()).toBe(key);
  });

  it('is not made if JWT_KEY is given', () => {
    loadTokenKeys(Env.load({ JWT_KEY: randomBytes(48).toString('base64') }));
    expect(readdirSync('.')).toEqual([]);
  });

  it('is made also if an earlier start of the same process id died half-way', () => {
    mkdirSync('data');
    writeFileSync(`data/jwt.key.${process.pid}`, '');
    expect(keyFault(load())).toBeUndefined();
  });

  it.each([
    ['empty', ''],
    ['too short', 'secret\n'],
  ])('is refused if its file is %s', (_, content) => {
    mkdirSync('data');
    writeFileSync('data/jwt.key', content);
    expect(load).toThrow(/32 bytes/);
  });
});
