import type { LiveToken, Successor } from './revocation-store.js';

type Dates = Pick<LiveToken, 'issuedAtSeconds' | 'expiresAtSeconds'>;

/** Whether less than half of a token's life is left: time for the next one. */
export function isPastHalfLife(token: Dates, presentSeconds: number): boolean {
  const lifeSeconds = token.expiresAtSeconds - token.issuedAtSeconds;
  return 2 * (token.expiresAtSeconds - presentSeconds) < lifeSeconds;
}

/**
 * The token that follows `token` in its session, never outliving it.
 * @param replaces whether `token` has to die for it
 */
export function successorOf(token: LiveToken, successor: Successor, replaces: boolean): LiveToken {
  return {
    userId: token.userId,
    username: token.username,
    sessionId: token.sessionId,
    authTimeSeconds: token.authTimeSeconds,
    sessionEndsAtSeconds: token.sessionEndsAtSeconds,
    jti: successor.jti,
    issuedAtSeconds: successor.issuedAtSeconds,
    expiresAtSeconds: Math.min(
      successor.issuedAtSeconds + successor.lifetimeSeconds,
      token.sessionEndsAtSeconds,
    ),
    newest: true,
    generation: token.generation + (replaces ? 1 : 0),
  };
}
