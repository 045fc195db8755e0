import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryDirectory } from '../../test/support/server.js';
import { faultsOf } from '../../test/support/configuration-faults.js';
import { publishedKey, publishedSet } from '../../test/support/token-keys.js';
import { Env } from './env.js';
import { newPrivateKey } from './new-keys.js';
import { loadTokenKeys } from './token-keys.js';

const KEY = 'pZ1x8Wq4TnB6cVfR2sYhJ0kLmD9gUeAo';
const OTHER_KEY = 'Qm7tX2vK9sLb4WzR1nHc8YdF5gJp3AeU';
const SECRETS = [
  'DATABASE_URL',
  'REDIS_URL',
  'JWT_KEY',
  'JWT_PREVIOUS_KEYS',
  'SIGNING_KEY',
  'PUBLISHED_KEYS',
];
const SIGNING_KEY = newPrivateKey('ES256');

const directory = temporaryDirectory();

function fileOf(content: string | Buffer, name = 'secret'): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const withMark = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');

describe('A secret in a file', () => {
  it.each([
    ['DATABASE_URL', 'postgres://me:secret@db.example/accounts'],
    ['REDIS_URL', 'redis://me:secret@redis.example'],
    ['JWT_KEY', KEY],
    ['JWT_PREVIOUS_KEYS', `${KEY},${OTHER_KEY}`],
    ['SIGNING_KEY', SIGNING_KEY.trim()],
    ['SIGNING_KEY', Buffer.from(SIGNING_KEY).toString('base64')],
    ['PUBLISHED_KEYS', publishedSet(SIGNING_KEY)],
  ])('is %s, if its name with _FILE names the file', (name, value) => {
    expect(Env.load({ [`${name}_FILE`]: fileOf(value) })).toEqual(Env.load({ [name]: value }));
  });

  it('is a password of Redis or of its sentinels too', () => {
    const sentinels = { REDIS_SENTINELS: 'a:26379', REDIS_SENTINEL_NAME: 'mymaster' };
    const passwords = { REDIS_PASSWORD: 's3cr3t', REDIS_SENTINEL_PASSWORD: 'oth3r' };
    const files = {
      REDIS_PASSWORD_FILE: fileOf('s3cr3t', 'redis'),
      REDIS_SENTINEL_PASSWORD_FILE: fileOf('oth3r\n', 'sentinel'),
    };
    expect(Env.load({ ...sentinels, ...files })).toMatchObject(passwords);
  });

  it.each([
    ['without a line break', KEY],
    ['with a line break at its end', `${KEY}\n`],
    ['with that of Windows', `${KEY}\r\n`],
    ['with a byte order mark', `\ufeff${KEY}\n`],
    ['in UTF-16, little end first', withMark(`${KEY}\r\n`)],
    ['in UTF-16, big end first', withMark(`${KEY}\r\n`).swap16()],
  ])('is the same key %s', (_, content) => {
    expect(Env.load({ JWT_KEY_FILE: fileOf(content) }).JWT_KEY).toBe(KEY);
  });

  it.each([
    ['as it was made', SIGNING_KEY],
    ['with the line breaks of Windows', SIGNING_KEY.replaceAll('\n', '\r\n')],
    ['in base64 with a line break', `${Buffer.from(SIGNING_KEY).toString('base64')}\n`],
  ])('may be a key in PEM %s', (_, content) => {
    const env = Env.load({ SIGNING_KEY_FILE: fileOf(content) });
    const { kid } = publishedKey(SIGNING_KEY);
    expect(loadTokenKeys(env).signing).toMatchObject({ alg: 'ES256', kid });
  });

  it('loses no more than one line break', () => {
    expect(faultsOf({ JWT_KEY_FILE: fileOf(`${KEY}\n\n`) })).toEqual([
      expect.stringMatching(/^JWT_KEY .*white space/),
    ]);
  });

  it('counts as not set if the name of the file is empty', () => {
    expect(Env.load({ JWT_KEY_FILE: '', JWT_KEY: KEY }).JWT_KEY).toBe(KEY);
  });

  it.each(SECRETS)('is refused if %s is set too', (name) => {
    const value = {
      JWT_KEY: KEY,
      JWT_PREVIOUS_KEYS: KEY,
      REDIS_URL: 'redis://r',
      SIGNING_KEY,
      PUBLISHED_KEYS: publishedSet(SIGNING_KEY),
    }[name];
    const source = { [name]: value ?? 'sqlite:x', [`${name}_FILE`]: fileOf('x') };
    expect(faultsOf(source)).toEqual([`${name} and ${name}_FILE: set one of them`]);
  });

  const TEXT = 'it is not text in UTF-8, or in UTF-16 with a byte order mark';

  it.each([
    ['does not exist', () => join(directory, 'nowhere'), 'it does not exist'],
    ['is a directory', () => directory, 'it is a directory'],
    ['is behind a file', () => join(fileOf('x'), 'key'), 'a part of its path is no folder'],
    ['is empty', () => fileOf(''), 'it is empty'],
    ['has a line break alone', () => fileOf('\n'), 'it is empty'],
    ['has random bytes', () => fileOf(Buffer.alloc(32, 0xe4)), TEXT],
    ['is in UTF-16 without a mark', () => fileOf(Buffer.from(KEY, 'utf16le')), TEXT],
    ['never ends', () => '/dev/zero', 'it is larger than 1048576 bytes'],
  ])('is refused if its file %s, in one line, without its path', (_, path, reason) => {
    for (const name of SECRETS) {
      const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://a.example', JWT_KEY: KEY };
      const source = { ...production, [`${name}_FILE`]: path() };
      if (name === 'JWT_KEY') delete (source as { JWT_KEY?: string }).JWT_KEY;
      expect(faultsOf(source)).toEqual([
        `${name}_FILE names a file that cannot be used: ${reason}`,
      ]);
    }
  });

  it('is refused beside all other faults', () => {
    const source = {
      JWT_KEY_FILE: join(directory, 'nowhere'),
      PORT: 'x',
      REDIS_URL_FILE: directory,
    };
    expect(faultsOf(source).map((fault) => fault.split(' ')[0])).toEqual([
      'REDIS_URL_FILE',
      'JWT_KEY_FILE',
      'PORT',
    ]);
  });

  it('is read from where the process is, if its name is relative', () => {
    const home = process.cwd();
    mkdirSync(join(directory, 'secrets'));
    fileOf(KEY, 'secrets/key');
    process.chdir(directory);
    expect(Env.load({ JWT_KEY_FILE: 'secrets/key' }).JWT_KEY).toBe(KEY);
    process.chdir(home);
  });
});
