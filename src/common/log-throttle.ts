/**
 * Passes on at most one of many of a kind in each interval, and says how many it kept back before. A store
 * that is down fails every request; a line for each would bury the log.
 */
export class LogThrottle {
  private nextAtMs = 0;
  private kept = 0;

  constructor(private readonly intervalMs: number) {}

  /** @param pass gets a note of how many were kept back, or an empty text */
  report(pass: (note: string) => void): void {
    const nowMs = performance.now();
    if (nowMs < this.nextAtMs) {
      this.kept += 1;
      return;
    }
    const note = this.kept > 0 ? ` (and ${this.kept} more like it before)` : '';
    this.nextAtMs = nowMs + this.intervalMs;
    this.kept = 0;
    pass(note);
  }
}
