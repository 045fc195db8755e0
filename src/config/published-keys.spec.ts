import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { faultsOf } from '../../test/support/configuration-faults.js';
import { publishedKey, publishedSet } from '../../test/support/token-keys.js';
import { newPrivateKey } from './new-keys.js';
import { readPublishedKeys } from './published-keys.js';

const EC = newPrivateKey('ES256');
const RSA = newPrivateKey('RS256');

const setOf = (...keys: unknown[]) => JSON.stringify({ keys });
const jwkOf = (pem: string) => createPrivateKey(pem).export({ format: 'jwk' });
const curve = (namedCurve: string) =>
  generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });

/** The example of RFC 7638 §3.1, whose thumbprint stands there. */
const OF_RFC_7638 = {
  kty: 'RSA',
  n:
    '0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknj' +
    'hMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQ' +
    'vRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzK' +
    'nqDKgw',
  e: 'AQAB',
};

describe('PUBLISHED_KEYS', () => {
  it.each([
    ['keys as they are published', publishedSet(EC, RSA)],
    ['no keys', setOf()],
    ['keys without use, alg and kid', setOf(bare(EC), bare(RSA))],
    ['keys with more than that', setOf({ ...bare(EC), key_ops: ['verify'], ext: true, x5t: 'x' })],
  ])('may be a set of %s', (_, PUBLISHED_KEYS) => {
    expect(faultsOf({ PUBLISHED_KEYS })).toEqual([]);
  });

  it('are known by their thumbprints (RFC 7638)', () => {
    const [ec, rsa] = readPublishedKeys(setOf(bare(EC), bare(RSA)));
    expect(ec).toMatchObject({ alg: 'ES256', kid: publishedKey(EC).kid });
    expect(rsa).toMatchObject({ alg: 'RS256', kid: publishedKey(RSA).kid });
    // It is refused for what it is, once its thumbprint was made.
    expect(faultsOf({ PUBLISHED_KEYS: setOf(OF_RFC_7638) })).toEqual([
      'PUBLISHED_KEYS (key 1) is a published sample: make your own',
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', 'keys', /must be JSON/],
    ['half of it', publishedSet(EC).slice(0, -1), /must be JSON/],
    ['null', 'null', /must be a JWK Set/],
    ['a list', `[${JSON.stringify(publishedKey(EC))}]`, /must be a JWK Set/],
    ['a set without keys', '{}', /must be a JWK Set/],
    ['keys that are no list', '{"keys":{}}', /must be a JWK Set/],
    ['one key', JSON.stringify(publishedKey(EC)), /is one key: write/],
    ['a text among the keys', setOf('key'), /\(key 1\) must be an object/],
    ['null among the keys', setOf(publishedKey(EC), null), /\(key 2\) must be an object/],
    ['an empty key', setOf({}), /\(key 1\) must have the kty EC or RSA/],
    ['an unknown kty', setOf({ ...bare(EC), kty: 'OKP' }), /must have the kty EC or RSA/],
    ['a symmetric key', setOf({ kty: 'oct', k: 'AAAA' }), /has the member k of a secret key/],
    ['a private key', setOf(jwkOf(EC)), /\(key 1\) has the member d of a secret key/],
    ['a private key of RSA', setOf(bare(EC), jwkOf(RSA)), /\(key 2\) has the member d of a secret/],
    [
      'a part of a private key',
      setOf({ ...bare(RSA), qi: 'AAAA' }),
      /has the member qi of a secret/,
    ],
    ['a key of P-384', setOf(curve('P-384')), /is on another curve than P-256/],
    ['a key of secp256k1', setOf(curve('secp256k1')), /is on another curve than P-256/],
    ['a point that is not on the curve', setOf({ ...bare(EC), y: bare(EC).x }), /is damaged/],
    ['a key without y', setOf({ ...bare(EC), y: undefined }), /is damaged/],
    ['a key of numbers', setOf({ ...bare(EC), x: 7 }), /is damaged/],
    ['a short key of RSA', setOf(shortRsa()), /is an RSA key of less than 2048 bits/],
    ['an exponent of 1', setOf({ ...bare(RSA), e: 'AQ' }), /public exponent|is damaged/],
    ['the same key twice', publishedSet(EC, RSA, EC), /\(key 3\) is in the set twice/],
    [
      'one kid for two keys',
      setOf(publishedKey(EC), { ...bare(RSA), kid: publishedKey(EC).kid }),
      /\(key 2\) must have its thumbprint/,
    ],
    ['a kid of its own', setOf({ ...bare(EC), kid: 'spring' }), /must have its thumbprint/],
    ['a key for encryption', setOf({ ...bare(EC), use: 'enc' }), /must have the use sig/],
    ['a key for signing', setOf({ ...bare(EC), key_ops: ['sign'] }), /must have verify among/],
    [
      'a key whose key_ops have not verify',
      setOf({ ...bare(RSA), key_ops: ['encrypt'] }),
      /key_ops/,
    ],
    ['key_ops that are no list', setOf({ ...bare(EC), key_ops: 'verify' }), /key_ops/],
    ['another alg', setOf({ ...bare(EC), alg: 'RS256' }), /must have the alg ES256/],
    ['an alg of its family', setOf({ ...bare(RSA), alg: 'PS256' }), /must have the alg RS256/],
  ])('may not be %s', (_, PUBLISHED_KEYS, fault) => {
    const faults = faultsOf({ PUBLISHED_KEYS });
    expect(faults).toEqual([expect.stringMatching(/^PUBLISHED_KEYS [^\n]+$/)]);
    expect(faults[0]).toMatch(fault);
    for (const secret of [jwkOf(EC).d, jwkOf(RSA).d]) expect(faults[0]).not.toContain(secret);
  });
});

/** What makes a public key, and no more. */
function bare(pem: string) {
  return createPublicKey(pem).export({ format: 'jwk' });
}

function shortRsa() {
  return generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' });
}
