import { createPrivateKey, createSecretKey, randomBytes, sign } from 'node:crypto';
import { toJwk } from '../../src/config/public-key.js';
import { readSigningKey } from '../../src/config/signing-key.js';
import type { TokenKeys } from '../../src/config/token-keys.js';

/** Keys of HS256, of which the first signs. */
export function secretKeys(...secrets: Buffer[]): TokenKeys {
  const keys = secrets.map((secret) => createSecretKey(secret));
  const [key = createSecretKey(randomBytes(48))] = keys;
  return { signing: { alg: 'HS256', kid: undefined, key }, published: new Map(), secrets: keys };
}

/** What is published of private keys, as `PUBLISHED_KEYS` takes it. */
export function publishedSet(...signingKeys: string[]): string {
  return JSON.stringify({ keys: signingKeys.map(publishedKey) });
}

/** What is published of a private key. */
export function publishedKey(signingKey: string) {
  return toJwk(readSigningKey(signingKey).publicKey);
}

/** A token with the claims of a genuine one below another header, signed with a private key as its kind signs. */
export function resigned(genuine: string, header: object, pem: string): string {
  const encoded = Buffer.from(JSON.stringify(header)).toString('base64url');
  const text = `${encoded}.${genuine.split('.')[1]}`;
  const key = { key: createPrivateKey(pem), dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
}
