import { usesDevelopmentDataKey } from '../../config/data-keys.js';
import { DEVELOPMENT_DATA_KEY, DEVELOPMENT_JWT_KEY } from '../../config/development-key.js';
import type { Env } from '../../config/env.js';
import { splitKeys } from '../../config/jwt-key.js';
import type { PublicKey } from '../../config/public-key.js';
import { readPublishedKeys } from '../../config/published-keys.js';
import { readSigningKey } from '../../config/signing-key.js';
import { usesDevelopmentKey } from '../../config/token-keys.js';

type Part = 'signs' | 'verifies' | 'published' | 'encrypts' | 'decrypts';

/** A key of the configuration, and what it does. */
export interface KeyFinding {
  /** The variable or file that has it. */
  readonly source: string;
  readonly alg: string;
  /** Null for a secret. */
  readonly kid: string | null;
  readonly parts: readonly Part[];
}

/** Each key, once in each place where it is, and its part there. */
export function findKeys(env: Env): KeyFinding[] {
  const pair = env.SIGNING_KEY === undefined ? undefined : readSigningKey(env.SIGNING_KEY);
  const published = env.PUBLISHED_KEYS === undefined ? [] : readPublishedKeys(env.PUBLISHED_KEYS);
  const others = published.filter(({ kid }) => kid !== pair?.publicKey.kid);
  const own: Part[] = pair ? ['verifies'] : ['signs', 'verifies'];
  return [
    ...(pair ? [ofPair('SIGNING_KEY', pair.publicKey, ['signs', 'verifies', 'published'])] : []),
    ...others.map((key) => ofPair('PUBLISHED_KEYS', key, ['verifies', 'published'])),
    ...(usesDevelopmentKey(env) ? [ofSecret(DEVELOPMENT_JWT_KEY.file, own)] : []),
    ...(env.JWT_KEY === undefined ? [] : [ofSecret('JWT_KEY', own)]),
    ...splitKeys(env.JWT_PREVIOUS_KEYS).map(() => ofSecret('JWT_PREVIOUS_KEYS', ['verifies'])),
    ...dataKeys(env),
  ];
}

function dataKeys(env: Env): KeyFinding[] {
  const both: Part[] = ['encrypts', 'decrypts'];
  return [
    ...(usesDevelopmentDataKey(env) ? [ofDataKey(DEVELOPMENT_DATA_KEY.file, both)] : []),
    ...(env.DATA_KEY === undefined ? [] : [ofDataKey('DATA_KEY', both)]),
    ...splitKeys(env.DATA_PREVIOUS_KEYS).map(() => ofDataKey('DATA_PREVIOUS_KEYS', ['decrypts'])),
  ];
}

function ofDataKey(source: string, parts: Part[]): KeyFinding {
  return { source, alg: 'A256GCM', kid: null, parts };
}

/** The finding as a line for people. */
export function describeKey({ source, alg, kid, parts }: KeyFinding): string {
  const name = kid === null ? `${alg}, without kid` : `${alg}, kid ${kid}`;
  return `${source} (${name}): ${parts.join(', ')}`;
}

function ofPair(source: string, { alg, kid }: PublicKey, parts: Part[]): KeyFinding {
  return { source, alg, kid, parts };
}

function ofSecret(source: string, parts: Part[]): KeyFinding {
  return { source, alg: 'HS256', kid: null, parts };
}
