import type { LiveToken, TokenReference } from './revocation-store.js';

/** A live token as Redis holds it, in the order of the constants in `redis-script-library.ts`. */
export type TokenRecord = [
  sessionId: string,
  /** As it was at log-in; instances of earlier versions read it. */
  username: string,
  authTimeSeconds: number,
  sessionEndsAtSeconds: number,
  issuedAtSeconds: number,
  expiresAtSeconds: number,
  newest: 0 | 1,
  generation: number,
  stamp: string,
  /** The others are missing in records of earlier versions. */
  replaces?: string,
  presented?: 0 | 1,
  followed?: 0 | 1,
  replacements?: number,
  restartJti?: string,
  restartedAtSeconds?: number,
];

/** What Redis holds of a user once, for all of the tokens. */
export type UserRecord = [username: string, stamp: string];

/** The braces put all keys of a user into one slot of a cluster. */
export function prefixOf(userId: number): string {
  return `gatehouse:{${userId}}:`;
}

export function toRecord(token: LiveToken, stamp: string): TokenRecord {
  return [
    token.sessionId,
    token.username,
    token.authTimeSeconds,
    token.sessionEndsAtSeconds,
    token.issuedAtSeconds,
    token.expiresAtSeconds,
    token.newest ? 1 : 0,
    token.generation,
    stamp,
    token.replaces ?? '',
    token.presented ? 1 : 0,
    token.followed ? 1 : 0,
    token.replacements,
    token.restartJti ?? '',
    token.restartedAtSeconds ?? 0,
  ];
}

export function toToken(
  { userId, jti }: Pick<TokenReference, 'userId' | 'jti'>,
  record: TokenRecord,
  username: string,
): LiveToken {
  return {
    userId,
    jti,
    sessionId: record[0],
    username,
    authTimeSeconds: record[2],
    sessionEndsAtSeconds: record[3],
    issuedAtSeconds: record[4],
    expiresAtSeconds: record[5],
    newest: record[6] === 1,
    generation: record[7],
    replaces: record[9] || null,
    presented: record[10] === 1,
    followed: record[11] === 1,
    replacements: record[12] ?? 0,
    restartJti: record[13] || null,
    restartedAtSeconds: record[14] || null,
  };
}
