/** A moment on a clock that is never set, and on one that goes on while the computer sleeps. */
export interface Moment {
  readonly steadyMs: number;
  readonly wallMs: number;
}

export function now(): Moment {
  return { steadyMs: performance.now(), wallMs: Date.now() };
}

/** What has passed since: too much if the clock was set forward, never too little. */
export function elapsedMs({ steadyMs, wallMs }: Moment): number {
  return Math.max(performance.now() - steadyMs, Date.now() - wallMs);
}

/** The `exp` of a token; NaN if it cannot be read. */
function expiryOf(token: string): number {
  try {
    const base64 = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { exp } = JSON.parse(atob(base64)) as { exp?: unknown };
    return typeof exp === 'number' ? exp : NaN;
  } catch {
    return NaN;
  }
}

/**
 * A token, and how long it lives: counted from its `duration` on the clocks of this side, and from one token
 * to the next by the difference of their `exp`, so that it does not matter what time it is on either side.
 */
export class HeldToken {
  /** What was left of its life when it was taken. */
  private readonly firstMs: number;

  private constructor(
    readonly text: string,
    private readonly exp: number,
    private readonly since: Moment,
    private readonly lifeMs: number,
    /** Whether the wall clock of this side had to be believed. */
    private readonly isGuess: boolean,
  ) {
    this.firstMs = this.remainingMs;
  }

  /** A token that came with its `duration`. @param askedAt when it was asked for */
  static issued(text: string, durationSeconds: number, askedAt: Moment): HeldToken {
    // The service counts whole seconds: the one in which it answers may be over.
    return new HeldToken(text, expiryOf(text), askedAt, (durationSeconds - 1) * 1000, false);
  }

  /** A token from elsewhere, which may be of any age. */
  static restored(text: string): HeldToken {
    const exp = expiryOf(text);
    const since = now();
    const lifeMs = Number.isNaN(exp) ? Infinity : exp * 1000 - since.wallMs;
    return new HeldToken(text, exp, since, lifeMs, true);
  }

  /** The token that takes the place of this one, and came without a `duration`. */
  followedBy(text: string): HeldToken {
    const exp = expiryOf(text);
    const gainMs = (exp - this.exp) * 1000;
    if (Number.isNaN(gainMs)) return HeldToken.restored(text);
    return new HeldToken(text, exp, this.since, this.lifeMs + gainMs, this.isGuess);
  }

  /** The same token, its life counted from the `Date` of an answer if it was a guess. */
  datedBy({ headers }: Response, askedAt: Moment): HeldToken {
    const lifeSeconds = this.exp - Date.parse(headers.get('Date') ?? '') / 1000;
    if (!this.isGuess || Number.isNaN(lifeSeconds)) return this;
    return HeldToken.issued(this.text, lifeSeconds, askedAt);
  }

  get isAlive(): boolean {
    return this.remainingMs > 0;
  }

  /** Whether less than this is left of its life, and less than half of what there was. */
  isDue(marginMs: number): boolean {
    return this.remainingMs <= Math.min(marginMs, this.firstMs / 2);
  }

  private get remainingMs(): number {
    return this.lifeMs - elapsedMs(this.since);
  }
}
