import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { checkDevelopmentKey, DEVELOPMENT_JWT_KEY, developmentKey } from './development-key.js';
import type { Env } from './env.js';
import { splitKeys } from './jwt-key.js';
import type { KeyPairAlgorithm, PublicKey } from './public-key.js';
import { readPublishedKeys } from './published-keys.js';
import { readSigningKey, type KeyPair } from './signing-key.js';

const PKCS8 = { type: 'pkcs8', format: 'der' } as const;

/** The keys of tokens. */
export interface TokenKeys {
  /** The one that signs. HS256 has no `kid`. */
  readonly signing: {
    readonly alg: 'HS256' | KeyPairAlgorithm;
    readonly kid: string | undefined;
    readonly key: KeyObject;
  };
  /** Those that verify tokens of ES256 and RS256, and are published, by `kid`. */
  readonly published: ReadonlyMap<string, PublicKey>;
  /** Those that verify tokens of HS256. */
  readonly secrets: readonly KeyObject[];
}

/**
 * The keys that sign and verify tokens. Without `SIGNING_KEY` and `JWT_KEY`, which only development allows, one is
 * made and kept. Each a `KeyObject`, because jsonwebtoken is twenty times slower with a string.
 * @throws ConfigurationError if the kept key will not do, or none can be kept
 */
export function loadTokenKeys(env: Env): TokenKeys {
  const pair = env.SIGNING_KEY === undefined ? undefined : readSigningKey(env.SIGNING_KEY);
  const published = publishedKeys(env, pair);
  const previous = splitKeys(env.JWT_PREVIOUS_KEYS).map(secretOf);
  if (pair) {
    const { alg, kid } = pair.publicKey;
    const own = env.JWT_KEY === undefined ? [] : [secretOf(env.JWT_KEY)];
    const signing = { alg, kid, key: pair.privateKey };
    return { signing, published, secrets: [...own, ...previous] };
  }
  const key = secretOf(env.JWT_KEY ?? developmentKey(DEVELOPMENT_JWT_KEY));
  return { signing: { alg: 'HS256', kid: undefined, key }, published, secrets: [key, ...previous] };
}

/**
 * Checks the kept key as `loadTokenKeys` would, and makes none.
 * @throws ConfigurationError if the kept key will not do
 */
export function checkTokenKeys(env: Env): void {
  if (usesDevelopmentKey(env)) checkDevelopmentKey(DEVELOPMENT_JWT_KEY);
}

/** Whether neither `SIGNING_KEY` nor `JWT_KEY` is given. */
export function usesDevelopmentKey({ SIGNING_KEY, JWT_KEY }: Env): boolean {
  return SIGNING_KEY === undefined && JWT_KEY === undefined;
}

/** A secret for another purpose than tokens, the same wherever the same key signs. */
export function secretFor(purpose: string, { signing: { key } }: TokenKeys): KeyObject {
  const secret = key.type === 'secret' ? key : createSecretKey(key.export(PKCS8));
  return createSecretKey(createHmac('sha256', secret).update(purpose).digest());
}

function secretOf(key: string): KeyObject {
  return createSecretKey(key, 'utf8');
}

/** A key that both signs and is published counts once. */
function publishedKeys({ PUBLISHED_KEYS }: Env, pair?: KeyPair): Map<string, PublicKey> {
  const others = PUBLISHED_KEYS === undefined ? [] : readPublishedKeys(PUBLISHED_KEYS);
  const keys = [...(pair ? [pair.publicKey] : []), ...others];
  return new Map(keys.map((key) => [key.kid, key]));
}
