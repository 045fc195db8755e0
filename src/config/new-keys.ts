import { generateKeyPairSync } from 'node:crypto';
import type { KeyPairAlgorithm } from './public-key.js';

/** Enough until 2030 (NIST SP 800-57), and each bit more makes signing slower. */
const RSA_BITS = 2048;

/** A private key at random, in PEM (PKCS#8), for `SIGNING_KEY`. */
export function newPrivateKey(alg: KeyPairAlgorithm): string {
  const { privateKey } =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: RSA_BITS });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
