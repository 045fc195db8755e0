import { createHash, type KeyObject } from 'node:crypto';
import { UnusableKey } from './unusable-key.js';

/** A shorter one is no match for the hash of RS256 (RFC 7518 §3.3). */
const MIN_RSA_BITS = 2048;

/** With 1 anybody makes signatures. */
const MIN_RSA_EXPONENT = 3n;

/** Of key pairs whose private part stands in documentation: those of jwt.io, RFC 7515 and RFC 7517. */
const SAMPLES = [
  'oGDmHqCJ7yzMkWEkrlZVHkvrHIyQwtlDmeq5ForUHeY',
  '19J8y7Zprt2-QKLjF2I5pVk0OELX6cY2AfaAv1LC_w8',
  'oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U',
  'cn-I_WNMClehiVp51i_0VpOENW1upEerA8sEam5hn-s',
  'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs',
];

/** The algorithms of key pairs. Each key has exactly one (RFC 8725 §3.1). */
export type KeyPairAlgorithm = 'ES256' | 'RS256';

/** The part of a key pair that verifies, and that everybody may see. */
export interface PublicKey {
  /** Its thumbprint (RFC 7638). */
  readonly kid: string;
  readonly alg: KeyPairAlgorithm;
  readonly key: KeyObject;
}

/** A public key as others read it (RFC 7517 §4). */
export type PublicJwk = Readonly<Record<string, string>>;

/** @throws UnusableKey if it is for none of the algorithms, weak, or a sample */
export function publicKeyOf(key: KeyObject): PublicKey {
  const alg = algorithmOf(key);
  const kid = thumbprintOf(key);
  if (SAMPLES.includes(kid)) throw new UnusableKey('is a published sample: make your own');
  return { kid, alg, key };
}

/** What is published of a key. */
export function toJwk({ kid, alg, key }: PublicKey): PublicJwk {
  return { ...membersOf(key), use: 'sig', alg, kid };
}

function algorithmOf({
  asymmetricKeyType,
  asymmetricKeyDetails = {},
}: KeyObject): KeyPairAlgorithm {
  const { namedCurve, modulusLength = 0, publicExponent = 0n } = asymmetricKeyDetails;
  if (asymmetricKeyType === 'ec') {
    if (namedCurve === 'prime256v1') return 'ES256';
    throw new UnusableKey('is on another curve than P-256');
  }
  if (asymmetricKeyType !== 'rsa') throw new UnusableKey('is neither of EC P-256 nor of RSA');
  if (modulusLength < MIN_RSA_BITS) {
    throw new UnusableKey(`is an RSA key of less than ${MIN_RSA_BITS} bits`);
  }
  if (publicExponent < MIN_RSA_EXPONENT || publicExponent % 2n === 0n) {
    throw new UnusableKey('is an RSA key whose public exponent protects nothing');
  }
  return 'RS256';
}

/** The members that make the key, in the order of its thumbprint (RFC 7638 §3.2). */
function membersOf(key: KeyObject): Record<string, string> {
  const { crv, e, kty, n, x, y } = key.export({ format: 'jwk' });
  const members = kty === 'EC' ? { crv, kty, x, y } : { e, kty, n };
  return members as Record<string, string>;
}

function thumbprintOf(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(membersOf(key)))
    .digest('base64url');
}
