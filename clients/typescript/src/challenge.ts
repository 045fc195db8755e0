/** What a log-in still needs whose password was right: a code of a second factor. */
export interface SecondFactorChallenge {
  /** The types of the account's factors, such as `totp`. A recovery code is as good as any. */
  readonly factors: readonly string[];
  /** How long it can be answered, from the answer on. */
  readonly expiresInSeconds: number;
  /**
   * Completes the log-in: the client has its token then.
   * @throws GatehouseProblem 400: the code is wrong, and another one may be tried; 401: log in again
   */
  verify(code: string, signal?: AbortSignal): Promise<void>;
}

/** Sends the answer to a challenge. */
type Verify = (challenge: string, code: string, signal?: AbortSignal) => Promise<void>;

/** The challenge in the answer to a log-in, if that is what it is. */
export function challengeOf(problem: unknown, verify: Verify): SecondFactorChallenge | undefined {
  const {
    type,
    challenge,
    factors,
    expires_in: expiresInSeconds,
  } = { ...(problem as object) } as {
    [name in 'type' | 'challenge' | 'factors' | 'expires_in']?: unknown;
  };
  if (type !== '/problems/second-factor-required' || typeof challenge !== 'string')
    return undefined;
  return {
    factors: Array.isArray(factors) ? factors.map(String) : [],
    expiresInSeconds: Number(expiresInSeconds),
    verify: (code, signal) => verify(challenge, code, signal),
  };
}
