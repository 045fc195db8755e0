import type { UserFacts } from './user-facts.js';

/** Which token: what of its claims the store needs to find it. */
export interface TokenReference {
  readonly userId: number;
  readonly sessionId: string;
  readonly jti: string;
}

/** A token as the store holds it while it is live: enough to sign it again and to answer a request. */
export interface LiveToken extends TokenReference {
  /** As the account has it now, and so are the roles. */
  readonly username: string;
  readonly roles: readonly string[];
  readonly authTimeSeconds: number;
  /** How its session was proved at log-in (RFC 8176). */
  readonly amr: readonly string[];
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
  /** No token of the session is valid, and none is renewed, from here on. */
  readonly sessionEndsAtSeconds: number;
  /** Whether this is the newest token of its session. */
  readonly newest: boolean;
  /** How often the tokens of its session were replaced before it, so that older ones had to die. */
  readonly generation: number;
  /** How often a password change had replaced the tokens of its session when it was made. */
  readonly replacements: number;
  /** The token that the last password change made, and when; null before one. What was before it is no theft. */
  readonly restartJti: string | null;
  readonly restartedAtSeconds: number | null;
  /** The token whose presentation made this one; null for the first of a session. */
  readonly replaces: string | null;
  /** Whether it was ever presented, as far as it was noted. */
  readonly presented: boolean;
  /** Whether another token that was made for `replaces` was presented. Only the newest one says so. */
  readonly followed: boolean;
}

/** The token that would come next, if the store decides that one comes. */
export interface Successor {
  readonly jti: string;
  readonly issuedAtSeconds: number;
  /** Cut if the session ends sooner. */
  readonly lifetimeSeconds: number;
}

/**
 * - `soft`: a fresh token only once the newest has less than half of its life left, and only one
 *   that expires later. The presented one stays live.
 * - `next`: like `soft`, but at any age: a fresh token if it would expire later than the newest.
 * - `hard`: a fresh token when the newest is presented. The presented one dies
 *   `reuseIntervalSeconds` later on the store's clock. Presented again after that it is `reused` if a token
 *   that followed it was ever presented. Until then it is a client whose answer was lost, and the newest
 *   token is answered. Without a reuse interval it is `reused` at once.
 *
 * A session has at most {@link MAX_LIVE_TOKENS}: beyond, `soft` and `next` answer the newest, and `hard`
 * lets the oldest die at once.
 */
export type Renewal = { kind: 'soft' | 'next' } | { kind: 'hard'; reuseIntervalSeconds: number };

/** The live tokens of a session at the most, so that no step's work grows with a client's zeal. */
export const MAX_LIVE_TOKENS = 100;

/** A token that is to be renewed. */
export interface PresentedToken extends TokenReference {
  /** One that is younger than the newest token cannot have been replaced by it. */
  readonly issuedAtSeconds: number;
}

export type RenewalResult =
  /** The newest token of the session; `fresh` if this call made it. */
  | { readonly outcome: 'renewed'; readonly token: LiveToken; readonly fresh: boolean }
  /** The presented token is not live, or its session is over. */
  | { readonly outcome: 'refused' }
  /** The presented token was replaced, and its follower used: the caller has to end its session. */
  | { readonly outcome: 'reused' };

/**
 * Which tokens are live, by jti. It records what is live, not what is dead: a store that lost its data
 * logs people out and never brings a revoked token back.
 *
 * Each method is one atomic step. When it resolves, every instance sees its effect. All of them throw
 * DomainError `service-unavailable` when the store cannot answer; the step may then have happened or
 * not, and repeating it is safe.
 */
export abstract class RevocationStore {
  /** Whether it is in another place than the sessions' rows, so that either may fail or lose data alone. */
  abstract readonly isApart: boolean;

  /** Records the first token of a session. What is said of its user is told by `describe`. */
  abstract issue(token: LiveToken): Promise<void>;

  /** The live token, as asked on every request; undefined if it is not live. */
  abstract find(reference: TokenReference): Promise<LiveToken | undefined>;

  /**
   * How long the store keeps a live token from now on, in ms; undefined if it is not live. Longer than its `exp` allows,
   * or `Infinity`, unless a hard renewal lets it die sooner.
   */
  abstract remainingMs(reference: TokenReference): Promise<number | undefined>;

  /** Renews; `successor.issuedAtSeconds` is the present of the instance that asks. */
  abstract renew(
    presented: PresentedToken,
    successor: Successor,
    renewal: Renewal,
  ): Promise<RenewalResult>;

  /**
   * Takes a live token out and puts its successor in, so that of any number of callers one gets it.
   * Undefined if the token is not live or its session is over.
   */
  abstract consume(reference: TokenReference, successor: Successor): Promise<LiveToken | undefined>;

  /** Notes that a live token was presented. */
  abstract notePresented(token: LiveToken): Promise<void>;

  /**
   * Kills every token of the session and gives it a fresh one. Undefined if the session is over, or its tokens
   * were replaced so often before.
   * @param replacements how often they have been replaced then, as the session's row says
   */
  abstract replaceTokens(
    session: Omit<TokenReference, 'jti'>,
    successor: Successor,
    replacements: number,
  ): Promise<LiveToken | undefined>;

  /** How often the session's tokens have been replaced; undefined if it has none. */
  abstract replacementsOf(session: Omit<TokenReference, 'jti'>): Promise<number | undefined>;

  /** Kills every token of these sessions of the user. */
  abstract endSessions(userId: number, sessionIds: string[]): Promise<void>;

  /**
   * Says what is so of the user now, with all of the live tokens and keys, unless a version as late or later was told
   * before. It does not need any to be there.
   * @returns what it goes on saying instead, if that is something else; undefined if it goes by these facts
   */
  abstract describe(userId: number, facts: UserFacts): Promise<UserFacts | undefined>;

  /**
   * Removes the records of tokens that expired more than `graceSeconds` ago, or died: batch by batch, until
   * `signal` is aborted.
   */
  abstract prune(graceSeconds: number, signal: AbortSignal): Promise<void>;

  /** Resolves while the store can answer. */
  abstract ping(): Promise<void>;
}
