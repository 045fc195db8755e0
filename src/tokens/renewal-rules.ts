import type {
  LiveToken,
  PresentedToken,
  Renewal,
  Successor,
  TokenReference,
} from './revocation-store.js';

type Dates = Pick<LiveToken, 'issuedAtSeconds' | 'expiresAtSeconds'>;

/** What a renewal has to do; the script RENEW in `redis-renewal-scripts.ts` mirrors it. */
export type RenewalDecision =
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'reused' }
  | { readonly outcome: 'newest'; readonly newest: LiveToken }
  | { readonly outcome: 'fresh'; readonly next: LiveToken };

/** Whether less than half of a token's life is left: time for the next one. */
export function isPastHalfLife(token: Dates, presentSeconds: number): boolean {
  const lifeSeconds = token.expiresAtSeconds - token.issuedAtSeconds;
  return 2 * (token.expiresAtSeconds - presentSeconds) < lifeSeconds;
}

/**
 * Decides a renewal as {@link Renewal} promises it.
 * @param presented what the client sent
 * @param live the record of the presented token, if it is live
 * @param newest the record of the session's newest token, if there is one
 * @param isFull whether the session has as many live tokens as it may
 */
export function decideRenewal(
  presented: PresentedToken,
  live: LiveToken | undefined,
  newest: LiveToken | undefined,
  renewal: Renewal,
  successor: Successor,
  isFull: boolean,
): RenewalDecision {
  const { kind } = renewal;
  const head = newest ?? live;
  if (!head || successor.issuedAtSeconds >= head.sessionEndsAtSeconds) {
    return { outcome: 'refused' };
  }
  if (!live) {
    if (renewal.kind !== 'hard' || isOfAnotherTime(presented, head)) return { outcome: 'refused' };
    const isLostAnswer =
      renewal.reuseIntervalSeconds > 0 &&
      head.replaces === presented.jti &&
      !head.presented &&
      !head.followed;
    if (!isLostAnswer) return { outcome: 'reused' };
  }
  const next = successorOf(head, successor, presented, kind === 'hard');
  if (!newest) return { outcome: 'fresh', next };
  const isDue =
    kind === 'next' ||
    isPastHalfLife(newest, successor.issuedAtSeconds) ||
    (kind === 'hard' && newest.jti === presented.jti);
  const isWorthIt = kind === 'hard' || (!isFull && next.expiresAtSeconds > newest.expiresAtSeconds);
  return isDue && isWorthIt ? { outcome: 'fresh', next } : { outcome: 'newest', newest };
}

/**
 * Whether the token cannot have been replaced: it is younger than the newest one, a password change killed it,
 * or the newest one is the first.
 */
function isOfAnotherTime({ jti, issuedAtSeconds }: PresentedToken, head: LiveToken): boolean {
  // Clocks differ, and tell seconds alone; this is sure.
  if (head.replaces === jti) return false;
  const { restartJti, restartedAtSeconds } = head;
  const isBeforeRestart =
    restartedAtSeconds !== null && issuedAtSeconds <= restartedAtSeconds && jti !== restartJti;
  return isBeforeRestart || head.replaces === null || issuedAtSeconds > head.issuedAtSeconds;
}

/** Whether presenting `live` tells that an answer to an earlier renewal arrived. */
export function isFollower(live: LiveToken, newest: LiveToken): boolean {
  return live.jti !== newest.jti && live.replaces !== null && live.replaces === newest.replaces;
}

/**
 * The token that follows `head` in its session, never outliving it.
 * @param presented whose presentation makes it
 * @param replaces whether `presented` has to die for it
 */
export function successorOf(
  head: LiveToken,
  successor: Successor,
  presented: Pick<TokenReference, 'jti'>,
  replaces: boolean,
): LiveToken {
  const isSameMaker = head.replaces === presented.jti;
  return {
    userId: head.userId,
    username: head.username,
    roles: head.roles,
    sessionId: head.sessionId,
    authTimeSeconds: head.authTimeSeconds,
    amr: head.amr,
    sessionEndsAtSeconds: head.sessionEndsAtSeconds,
    jti: successor.jti,
    issuedAtSeconds: successor.issuedAtSeconds,
    expiresAtSeconds: Math.min(
      successor.issuedAtSeconds + successor.lifetimeSeconds,
      head.sessionEndsAtSeconds,
    ),
    newest: true,
    generation: head.generation + (replaces ? 1 : 0),
    replacements: head.replacements,
    restartJti: head.restartJti,
    restartedAtSeconds: head.restartedAtSeconds,
    replaces: presented.jti,
    presented: false,
    followed: isSameMaker && (head.presented || head.followed),
  };
}
