import { formatMethods, parseMethods } from './authentication-methods.js';
import type { LiveToken, TokenReference } from './revocation-store.js';
import { formatRoles, parseRoles, type UserFacts } from './user-facts.js';

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
  amr?: string,
];

/** What Redis holds of a user once, for all of the tokens and keys. */
export type UserRecord = [
  username: string,
  stamp: string,
  roles: string,
  version: number,
  disabled: 0 | 1,
];

/** A {@link UserRecord}, or one of the version before. */
export type FoundUserRecord = UserRecord | [username: string, stamp: string];

/** Whether it was written under this identity of the server, and says everything. */
export function isUserOf(
  user: FoundUserRecord | undefined,
  identity: string | undefined,
): user is UserRecord {
  return user !== undefined && user.length > 2 && identity !== undefined && user[1] === identity;
}

export function toUserRecord(facts: UserFacts, stamp: string): UserRecord {
  const { username, roles, version, isDisabled } = facts;
  return [username, stamp, formatRoles(roles), version, isDisabled ? 1 : 0];
}

/** What a record says of its user. */
export function factsOf([username, , roles, version, disabled]: UserRecord): UserFacts {
  return { username, roles: parseRoles(roles), version, isDisabled: disabled === 1 };
}

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
    formatMethods(token.amr),
  ];
}

export function toToken(
  { userId, jti }: Pick<TokenReference, 'userId' | 'jti'>,
  record: TokenRecord,
  user: UserRecord,
): LiveToken {
  const { username, roles } = factsOf(user);
  return {
    userId,
    jti,
    sessionId: record[0],
    username,
    roles,
    authTimeSeconds: record[2],
    amr: parseMethods(record[15]),
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
