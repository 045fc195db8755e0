/** `Date.now()` has whole milliseconds: two clocks that agree may show this difference. */
const TOLERANCE_MS = 2;

/**
 * A clock for ages. It never runs slower than the faster of the machine's two clocks, because either may stop: the
 * monotonic one while a machine is suspended, the wall clock while somebody sets it back. Running ahead only makes
 * kept answers older than they are.
 */
export class Clock {
  private base = 0;
  private monotonicMs = performance.now();
  private wallMs = Date.now();

  /** Milliseconds; what lies between two readings is never less than the time that went by, but for 2 ms. */
  now(): number {
    const byMonotonic = performance.now() - this.monotonicMs;
    const byWall = Date.now() - this.wallMs;
    const elapsed = Math.max(byMonotonic, byWall);
    if (Math.abs(byMonotonic - byWall) <= TOLERANCE_MS) return this.base + elapsed;
    this.base += elapsed;
    this.monotonicMs += byMonotonic;
    this.wallMs += byWall;
    return this.base;
  }
}

/** What to take off a time limit that is read from this clock, so that it is kept exactly. */
export const CLOCK_ERROR_MS = TOLERANCE_MS;
