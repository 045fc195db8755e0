import { randomBytes, randomInt } from 'node:crypto';
import type {
  LiveToken,
  Renewal,
  RenewalResult,
  RevocationStore,
  Successor,
} from '../../src/tokens/revocation-store.js';
import type { UserFacts } from '../../src/tokens/user-facts.js';

/** The present of a whole test file, so that ages are exact. */
export const NOW = Math.floor(Date.now() / 1000);

export const LIFETIME = 2100;

const SESSION_MAX_AGE = 30 * 24 * 3600;

const randomId = () => randomBytes(16).toString('base64url');

export const SOFT: Renewal = { kind: 'soft' };

export function hard(reuseIntervalSeconds = 10): Renewal {
  return { kind: 'hard', reuseIntervalSeconds };
}

/** The first token of a new session, issued `ageSeconds` ago, of a user that no other test has. */
export function newToken(ageSeconds = 0, overrides: Partial<LiveToken> = {}): LiveToken {
  const issuedAtSeconds = NOW - ageSeconds;
  const userId = overrides.userId ?? randomInt(1, 2 ** 31);
  return {
    userId,
    username: `juliet-${userId}`,
    roles: [],
    sessionId: randomId(),
    jti: randomId(),
    authTimeSeconds: issuedAtSeconds,
    amr: ['pwd'],
    issuedAtSeconds,
    expiresAtSeconds: issuedAtSeconds + LIFETIME,
    sessionEndsAtSeconds: issuedAtSeconds + SESSION_MAX_AGE,
    newest: true,
    generation: 0,
    replacements: 0,
    restartJti: null,
    restartedAtSeconds: null,
    replaces: null,
    presented: false,
    followed: false,
    ...overrides,
  };
}

/** What is said of a user after its first change. */
export function facts(overrides: Partial<UserFacts> = {}): UserFacts {
  const username = `capulet-${randomId().toLowerCase()}`;
  return { username, roles: ['reader'], isDisabled: false, version: 1, ...overrides };
}

/** The token that would come next at `presentSeconds`. */
export function successor(presentSeconds = NOW): Successor {
  return { jti: randomId(), issuedAtSeconds: presentSeconds, lifetimeSeconds: LIFETIME };
}

/** The token that a renewal answered. */
export function renewedToken(result: RenewalResult): LiveToken {
  if (result.outcome !== 'renewed') throw new Error(`The renewal was ${result.outcome}`);
  return result.token;
}

/** As many calls at once as there should ever be for one token. */
export function fiftyAtOnce<T>(call: () => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: 50 }, call));
}

/** Issues the first token of a session. */
export async function issued(
  store: RevocationStore,
  ageSeconds = 0,
  overrides: Partial<LiveToken> = {},
): Promise<LiveToken> {
  const token = newToken(ageSeconds, overrides);
  await store.issue(token);
  return token;
}
