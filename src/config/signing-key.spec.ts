import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { faultsOf } from '../../test/support/configuration-faults.js';
import { Env } from './env.js';
import { newPrivateKey } from './new-keys.js';
import { readSigningKey } from './signing-key.js';

const EC = newPrivateKey('ES256');
const RSA = newPrivateKey('RS256');

/** The sample of jwt.io for ES256. */
const JWT_IO = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2
OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r
1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G
-----END PRIVATE KEY-----`;

const base64 = (text: string) => Buffer.from(text).toString('base64');
const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;

/** A private key with the public part of another. */
function mixed(): string {
  const jwk = createPrivateKey(EC).export({ format: 'jwk' });
  const { x, y } = createPublicKey(newPrivateKey('ES256')).export({ format: 'jwk' });
  const der = createPrivateKey(EC).export({ type: 'pkcs8', format: 'der' });
  const [own, others] = [jwk, { x, y }].map((point) =>
    Buffer.concat([point.x, point.y].map((part) => Buffer.from(part ?? '', 'base64url'))),
  ) as [Buffer, Buffer];
  const text = Buffer.from(
    der.toString('hex').replace(own.toString('hex'), others.toString('hex')),
    'hex',
  );
  const lines = text.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PRIVATE KEY-----', ...lines, '-----END PRIVATE KEY-----'].join('\n');
}

describe('A SIGNING_KEY', () => {
  it.each([
    ['of EC P-256 for ES256', EC, 'ES256'],
    ['of RSA for RS256', RSA, 'RS256'],
    ['in one line of base64', base64(EC), 'ES256'],
    ['in base64 of a PEM without its last line break', base64(EC.trim()), 'ES256'],
    ['with the line breaks of Windows', EC.replaceAll('\n', '\r\n'), 'ES256'],
    ['without a last line break', EC.trim(), 'ES256'],
    ['with an empty line behind it', `${EC}\n`, 'ES256'],
  ])('may be %s', (_, SIGNING_KEY, alg) => {
    expect(faultsOf({ SIGNING_KEY })).toEqual([]);
    expect(readSigningKey(SIGNING_KEY).publicKey).toMatchObject({
      alg,
      kid: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  it('has the same kid in each form', () => {
    const kids = [EC, EC.trim(), base64(EC)].map((text) => readSigningKey(text).publicKey.kid);
    expect(new Set(kids).size).toBe(1);
  });

  it.each<[string, () => string, RegExp]>([
    ['any text', () => randomBytes(48).toString('base64'), /must be a private key in PEM/],
    ['a path', () => '/run/secrets/signing-key', /must be a private key in PEM/],
    ['two keys', () => `${EC}${EC}`, /must be a private key in PEM/],
    ['a key with text before it', () => `key: ${EC}`, /must be a private key in PEM/],
    ['a key with \\n in it', () => EC.replaceAll('\n', '\\n'), /must be a private key in PEM/],
    ['base64 of base64', () => base64(base64(EC)), /must be a private key in PEM/],
    ['a damaged key', () => EC.replace('MIG', 'MIH'), /is damaged/],
    ['half a key', () => EC.replace(/\n.*\n(?=-----END)/, '\n'), /is damaged/],
    ['a key of two halves', mixed, /has parts of different keys|is damaged/],
    ['a sample', () => JWT_IO, /is a published sample/],
    [
      'an encrypted key',
      () =>
        createPrivateKey(EC)
          .export({ ...PKCS8, cipher: 'aes-256-cbc', passphrase: 'x' })
          .toString(),
      /is encrypted/,
    ],
    [
      'SEC1',
      () => createPrivateKey(EC).export({ type: 'sec1', format: 'pem' }).toString(),
      /is no PKCS#8: convert/,
    ],
    [
      'PKCS#1',
      () => createPrivateKey(RSA).export({ type: 'pkcs1', format: 'pem' }).toString(),
      /is no PKCS#8: convert/,
    ],
    [
      'a public key',
      () => createPublicKey(EC).export({ type: 'spki', format: 'pem' }).toString(),
      /is a public key/,
    ],
    [
      'of P-384',
      () => generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export(PKCS8).toString(),
      /is on another curve than P-256/,
    ],
    [
      'of secp256k1',
      () =>
        generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey.export(PKCS8).toString(),
      /is on another curve than P-256/,
    ],
    [
      'of Ed25519',
      () => generateKeyPairSync('ed25519').privateKey.export(PKCS8).toString(),
      /is neither of EC P-256 nor of RSA/,
    ],
    [
      'of RSA-PSS',
      () =>
        generateKeyPairSync('rsa-pss', { modulusLength: 2048 }).privateKey.export(PKCS8).toString(),
      /is neither of EC P-256 nor of RSA/,
    ],
    [
      'of RSA with 1024 bits',
      () => generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(PKCS8).toString(),
      /is an RSA key of less than 2048 bits/,
    ],
  ])('may not be %s, and the refusal shows nothing of it (S34, S80)', (_, make, fault) => {
    const made = make();
    for (const SIGNING_KEY of [made, base64(made)]) {
      const faults = faultsOf({ SIGNING_KEY });
      expect(faults).toEqual([expect.stringMatching(/^SIGNING_KEY [^\n]+$/)]);
      if (SIGNING_KEY === made) expect(faults[0]).toMatch(fault);
      for (const line of SIGNING_KEY.split('\n').filter((text) => text.length > 40)) {
        if (!line.startsWith('-----')) expect(faults[0]).not.toContain(line.slice(0, 20));
      }
    }
  });

  it('takes the place of JWT_KEY in production', () => {
    const production = { NODE_ENV: 'production', PUBLIC_URL: 'https://auth.example.com' };
    expect(faultsOf({ ...production, SIGNING_KEY: EC })).toEqual([]);
    expect(faultsOf(production)).toEqual([
      expect.stringMatching(/^JWT_KEY is needed.*SIGNING_KEY/),
    ]);
    expect(faultsOf({ ...production, SIGNING_KEY: 'x' })).toEqual([
      expect.stringMatching(/^SIGNING_KEY must be/),
    ]);
    expect(Env.load({ SIGNING_KEY: EC }).JWT_KEY).toBeUndefined();
  });
});
