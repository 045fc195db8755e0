/** Which token: what of its claims the store needs to find it. */
export interface TokenReference {
  readonly userId: number;
  readonly sessionId: string;
  readonly jti: string;
}

/** A token as the store holds it while it is live: enough to sign it again and to answer a request. */
export interface LiveToken extends TokenReference {
  readonly username: string;
  readonly authTimeSeconds: number;
  readonly issuedAtSeconds: number;
  readonly expiresAtSeconds: number;
  /** No token of the session is valid, and none is renewed, from here on. */
  readonly sessionEndsAtSeconds: number;
  /** Whether this is the newest token of its session. */
  readonly newest: boolean;
  /** How often the tokens of its session were replaced before it, so that older ones had to die. */
  readonly generation: number;
}

/** The token that would come next, where the store decides that one comes. */
export interface Successor {
  readonly jti: string;
  readonly issuedAtSeconds: number;
  /** Cut where the session ends sooner. */
  readonly lifetimeSeconds: number;
}

/**
 * - `soft`: a fresh token only once the newest has less than half of its life left, and only one
 *   that expires later. The presented one stays live.
 * - `hard`: a fresh token when the newest is presented. The presented one dies
 *   `reuseIntervalSeconds` later on the store's clock, and presented again after that it is `reused`.
 */
export type Renewal = { kind: 'soft' } | { kind: 'hard'; reuseIntervalSeconds: number };

export type RenewalResult =
  /** The newest token of the session; `fresh` where this call made it. */
  | { readonly outcome: 'renewed'; readonly token: LiveToken; readonly fresh: boolean }
  /** The presented token is not live, or its session is over. */
  | { readonly outcome: 'refused' }
  /** The presented token was renewed before and has died since: the caller has to end its session. */
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
  /** Records the first token of a session. */
  abstract issue(token: LiveToken): Promise<void>;

  /** The live token, as asked on every request; nothing where it is not live. */
  abstract find(reference: TokenReference): Promise<LiveToken | undefined>;

  /** Renews; `successor.issuedAtSeconds` is the present of the instance that asks. */
  abstract renew(
    reference: TokenReference,
    successor: Successor,
    renewal: Renewal,
  ): Promise<RenewalResult>;

  /**
   * Takes a live token out and puts its successor in, so that of any number of callers one gets it.
   * Nothing where the token is not live or its session is over.
   */
  abstract consume(reference: TokenReference, successor: Successor): Promise<LiveToken | undefined>;

  /** Kills every token of the session and gives it a fresh one. Nothing where the session is over. */
  abstract replaceTokens(
    session: Omit<TokenReference, 'jti'>,
    successor: Successor,
  ): Promise<LiveToken | undefined>;

  /** Kills every token of these sessions of the user. */
  abstract endSessions(userId: number, sessionIds: string[]): Promise<void>;

  /** Gives the user's live tokens the new name. */
  abstract rename(userId: number, username: string): Promise<void>;

  /** Removes the records of tokens that expired more than `graceSeconds` ago. */
  abstract prune(graceSeconds: number): Promise<void>;

  /** Resolves while the store can answer. */
  abstract ping(): Promise<void>;
}
