import { createPrivateKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newPrivateKey } from '../../src/config/new-keys.js';
import { gatehouse, gatehouseJson, jsonLines } from '../support/cli.js';
import { Server, temporaryDirectory, type Variables } from '../support/server.js';
import { publishedKey, publishedSet } from '../support/token-keys.js';
import { TEST_KEY } from '../support/tokens.js';

const EC = newPrivateKey('ES256');
const RSA = newPrivateKey('RS256');

const place = (variables: Variables = {}) => ({ directory: temporaryDirectory(), variables });

/** What the command prints, which must be one JWK. */
async function published(at: ReturnType<typeof place>, args: string[] = [], input?: string) {
  const { code, stdout, stderr } = await gatehouse(at, ['key', 'publish', ...args], input);
  expect([code, stderr]).toEqual([0, '']);
  return jsonLines<object>(stdout);
}

describe('key generate', () => {
  it.each([
    ['ES256', 'ec'],
    ['RS256', 'rsa'],
  ])('makes a private key in PEM with which the service signs %s', async (alg, type) => {
    const { code, stdout, stderr } = await gatehouse(place(), ['key', 'generate', '--alg', alg]);
    expect([code, stderr]).toEqual([0, '']);
    expect(createPrivateKey(stdout).asymmetricKeyType).toBe(type);
    const [{ key } = { key: '' }] = await gatehouseJson<{ key: string }>(place(), [
      ...['key', 'generate', '--alg', alg],
    ]);
    expect(key).not.toBe(stdout);
    for (const SIGNING_KEY of [stdout, key]) {
      const check = await gatehouse(place({ SIGNING_KEY }), ['config', 'check']);
      expect([check.code, check.stderr]).toEqual([0, '']);
      expect(check.stdout).toContain(`SIGNING_KEY (${alg}, kid `);
    }
  });

  it('makes a JWT_KEY for HS256, as it does if nothing is asked for', async () => {
    const named = await gatehouseJson(place(), ['key', 'generate', '--alg', 'HS256']);
    const plain = await gatehouseJson(place(), ['key', 'generate']);
    const made = [{ alg: 'HS256', key: expect.stringMatching(/^[\w+/]{64}$/) }];
    expect([named, plain]).toEqual([made, made]);
  });

  it('knows no other algorithm', async () => {
    const { code, stdout, stderr } = await gatehouse(place(), ['key', 'generate', '--alg', 'none']);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toBe('--alg must be HS256, ES256, RS256\n');
  });
});

describe('key publish', () => {
  it('prints the public JWK of a file, also in base64, whatever SIGNING_KEY is', async () => {
    const at = place({ SIGNING_KEY: RSA });
    writeFileSync(join(at.directory, 'key.pem'), EC);
    writeFileSync(join(at.directory, 'key.txt'), `${Buffer.from(EC).toString('base64')}\n`);
    for (const file of ['key.pem', 'key.txt']) {
      expect(await published(at, [file])).toEqual([publishedKey(EC)]);
    }
  });

  it('prints that of SIGNING_KEY, however it is given', async () => {
    expect(await published(place({ SIGNING_KEY: RSA }))).toEqual([publishedKey(RSA)]);
    const inFile = place({ SIGNING_KEY_FILE: 'key.pem' });
    writeFileSync(join(inFile.directory, 'key.pem'), EC);
    expect(await published(inFile)).toEqual([publishedKey(EC)]);
    const inEnvFile = place();
    writeFileSync(join(inEnvFile.directory, '.env'), `TOKEN_TTL=soon\nSIGNING_KEY="${EC}"\n`);
    expect(await published(inEnvFile)).toEqual([publishedKey(EC)]);
  });

  it('prints that of standard input, if it is asked for or there is no other', async () => {
    expect(await published(place(), [], EC)).toEqual([publishedKey(EC)]);
    expect(await published(place({ SIGNING_KEY: RSA }), ['-'], EC)).toEqual([publishedKey(EC)]);
    expect(await gatehouseJson(place(), ['key', 'publish'], EC)).toEqual([publishedKey(EC)]);
  });

  it('prints nothing that is secret', async () => {
    for (const pem of [EC, RSA]) {
      const { stdout } = await gatehouse(place(), ['key', 'publish'], pem);
      const { d, p, q } = createPrivateKey(pem).export({ format: 'jwk' });
      for (const secret of [d, p, q]) if (secret) expect(stdout).not.toContain(secret);
    }
  });

  it.each([
    ['a file that is not there', ['nowhere.pem'], '', 1, /^Cannot read nowhere.pem: it does not/],
    ['a key that will not do', ['-'], 'secret', 1, /^The key of standard input must be a private/],
    ['nothing at all', [], '', 1, /^The key of standard input must be a private key/],
    ['two files', ['a', 'b'], '', 2, /too many arguments/],
  ])('refuses %s', async (_, args, input, code, fault) => {
    const result = await gatehouse(place(), ['key', 'publish', ...args], input);
    expect(result).toEqual({ code, stdout: '', stderr: expect.stringMatching(fault) });
    expect(result.stderr).not.toContain('secret\n');
  });

  it('refuses a SIGNING_KEY that will not do, as a start does', async () => {
    const result = await gatehouse(place({ SIGNING_KEY: TEST_KEY }), ['key', 'publish'], EC);
    expect(result).toMatchObject({ code: 3, stderr: expect.stringMatching(/^SIGNING_KEY must/) });
    expect(result.stderr).not.toContain(TEST_KEY);
  });
});

describe('config check', () => {
  it('names the keys, and what each does', async () => {
    const variables = {
      SIGNING_KEY: EC,
      PUBLISHED_KEYS: publishedSet(RSA, EC),
      JWT_KEY: TEST_KEY,
      JWT_PREVIOUS_KEYS: TEST_KEY.toLowerCase(),
    };
    const found = await gatehouseJson(place(variables), ['config', 'check']);
    const [ec, rsa] = [EC, RSA].map((pem) => publishedKey(pem).kid);
    const ofKey = { about: 'key', verdict: 'ok' };
    expect(found.slice(1)).toMatchObject([
      { ...ofKey, source: 'SIGNING_KEY', kid: ec, parts: ['signs', 'verifies', 'published'] },
      { ...ofKey, source: 'PUBLISHED_KEYS', kid: rsa, parts: ['verifies', 'published'] },
      { ...ofKey, source: 'JWT_KEY', kid: null, parts: ['verifies'] },
      { ...ofKey, source: 'JWT_PREVIOUS_KEYS', kid: null, parts: ['verifies'] },
      { ...ofKey, source: 'data/data.key', kid: null, parts: ['encrypts', 'decrypts'] },
    ]);
    const { stdout } = await gatehouse(place(variables), ['config', 'check']);
    expect(stdout.split('\n').slice(1)).toEqual([
      `ok           key            SIGNING_KEY (ES256, kid ${ec}): signs, verifies, published`,
      `ok           key            PUBLISHED_KEYS (RS256, kid ${rsa}): verifies, published`,
      'ok           key            JWT_KEY (HS256, without kid): verifies',
      'ok           key            JWT_PREVIOUS_KEYS (HS256, without kid): verifies',
      'ok           key            data/data.key (A256GCM, without kid): encrypts, decrypts',
      '',
    ]);
    expect(stdout).not.toContain(TEST_KEY);
  });

  it('tells the faults of keys in the words of a start, and shows none of them', async () => {
    const variables = { SIGNING_KEY: EC.slice(0, 90), PUBLISHED_KEYS: '{"keys":[{"kty":"oct"}]}' };
    const refused = await Server.startAndEnd(variables);
    const { code, stderr } = await gatehouse(place(variables), ['config', 'check']);
    expect([code, stderr]).toEqual([3, refused.output]);
    expect(stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^SIGNING_KEY /),
      expect.stringMatching(/^PUBLISHED_KEYS \(key 1\) /),
    ]);
    expect(stderr).not.toContain(EC.split('\n')[1]?.slice(0, 20));
  });
});
