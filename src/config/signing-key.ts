import { createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import { publicKeyOf, type PublicKey } from './public-key.js';
import { UnusableKey } from './unusable-key.js';

const ADVICE = 'make one with gatehouse key generate --alg ES256';

const PRIVATE_KEY =
  /^-----BEGIN PRIVATE KEY-----\r?\n(?:[A-Za-z0-9+/=]+\r?\n)+-----END PRIVATE KEY-----$/;

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/** What people have in its place, by the label of their PEM. */
const OTHER_LABELS: [label: RegExp, fault: string][] = [
  [/^ENCRYPTED PRIVATE KEY$/, 'is encrypted: store it without a passphrase'],
  [
    /^(EC|RSA) (PRIVATE KEY|PARAMETERS)$/,
    'is no PKCS#8: convert it with openssl pkcs8 -topk8 -nocrypt',
  ],
  [/PUBLIC KEY$/, 'is a public key: the private one signs'],
  [/CERTIFICATE/, 'is a certificate: the private key signs'],
];

/** A key that signs tokens, and the part of it that verifies them. */
export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: PublicKey;
}

/**
 * Reads a private key: PKCS#8 in PEM (RFC 7468 §10), or that text in one line of base64.
 * @throws UnusableKey if it is none, or of no use for ES256 or RS256
 */
export function readSigningKey(text: string): KeyPair {
  const privateKey = privateKeyIn(pemOf(text.trim()));
  const pair = { privateKey, publicKey: publicKeyOf(createPublicKey(privateKey)) };
  if (!signsForItself(pair)) throw new UnusableKey(`has parts of different keys: ${ADVICE}`);
  return pair;
}

function pemOf(text: string): string {
  const pem = BASE64.test(text) ? Buffer.from(text, 'base64').toString('latin1').trim() : text;
  if (PRIVATE_KEY.test(pem)) return pem;
  const label = /-----BEGIN ([A-Z0-9 ]+)-----/.exec(pem)?.[1];
  const known = OTHER_LABELS.find(([pattern]) => label !== undefined && pattern.test(label));
  throw new UnusableKey(
    known?.[1] ??
      `must be a private key in PEM (PKCS#8), or that PEM in one line of base64: ${ADVICE}`,
  );
}

function privateKeyIn(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What OpenSSL says could show a part of it.
    throw new UnusableKey(`is damaged: ${ADVICE}`);
  }
}

/** A private key brings its public part along, which may be that of another. */
function signsForItself({ privateKey, publicKey }: KeyPair): boolean {
  const probe = Buffer.from('probe');
  try {
    return verify('sha256', probe, publicKey.key, sign('sha256', probe, privateKey));
  } catch {
    return false;
  }
}
