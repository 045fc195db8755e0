import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { publicKeyOf, type PublicKey } from './public-key.js';
import { UnusableKey } from './unusable-key.js';

/** What only the owner of a key may know (RFC 7518 §6). */
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/**
 * Reads a JWK Set of public keys (RFC 7517 §5). Of each key only what makes it counts, and what it says of its
 * use must be right.
 * @throws UnusableKey that names the place of the key in the set
 */
export function readPublishedKeys(text: string): PublicKey[] {
  const keys = keysIn(text).map((jwk, index) => {
    try {
      return readKey(jwk);
    } catch (error) {
      if (!(error instanceof UnusableKey)) throw error;
      throw new UnusableKey(`(key ${index + 1}) ${error.message}`);
    }
  });
  const kids = keys.map(({ kid }) => kid);
  const again = kids.findIndex((kid, index) => kids.indexOf(kid) < index);
  if (again >= 0) throw new UnusableKey(`(key ${again + 1}) is in the set twice`);
  return keys;
}

function keysIn(text: string): unknown[] {
  let set: unknown;
  try {
    set = JSON.parse(text);
  } catch {
    throw new UnusableKey('must be JSON: {"keys":[…]}');
  }
  const { keys, kty } = (set ?? {}) as { keys?: unknown; kty?: unknown };
  if (Array.isArray(keys)) return keys;
  throw new UnusableKey(
    kty === undefined
      ? 'must be a JWK Set: {"keys":[…]}'
      : 'is one key: write {"keys":[…]} around it',
  );
}

function readKey(jwk: unknown): PublicKey {
  if (typeof jwk !== 'object' || jwk === null || Array.isArray(jwk)) {
    throw new UnusableKey('must be an object');
  }
  const secret = PRIVATE_MEMBERS.find((member) => Object.hasOwn(jwk, member));
  if (secret !== undefined) {
    throw new UnusableKey(
      `has the member ${secret} of a secret key: publish what gatehouse key publish prints, ` +
        'and replace the key if others saw it',
    );
  }
  const { kty, use, alg, kid, key_ops: operations } = jwk as Record<string, unknown>;
  if (kty !== 'EC' && kty !== 'RSA') throw new UnusableKey('must have the kty EC or RSA');
  if (use !== undefined && use !== 'sig') throw new UnusableKey('must have the use sig, or none');
  if (operations !== undefined && !isForVerifying(operations)) {
    throw new UnusableKey('must have verify among its key_ops, or none');
  }
  const key = publicKeyOf(keyOf(jwk));
  if (alg !== undefined && alg !== key.alg) throw new UnusableKey(`must have the alg ${key.alg}`);
  if (kid !== undefined && kid !== key.kid) {
    throw new UnusableKey(`must have its thumbprint (RFC 7638) as kid: ${key.kid}`);
  }
  return key;
}

/** Whether the operations that a key is for (RFC 7517 §4.3) have that of a published one. */
function isForVerifying(operations: unknown): boolean {
  return Array.isArray(operations) && operations.includes('verify');
}

function keyOf(jwk: object): KeyObject {
  try {
    return createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  } catch {
    const { crv } = jwk as { crv?: unknown };
    const isOnP256 = crv === undefined || crv === 'P-256';
    throw new UnusableKey(isOnP256 ? 'is damaged' : 'is on another curve than P-256');
  }
}
