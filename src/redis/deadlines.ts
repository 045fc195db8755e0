const STEP_MS = 100;

/**
 * Lets promises fail that take too long. Those that begin within the same tenth of a second share a
 * timer, because one for each command would cost more than many a command does.
 */
export class Deadlines {
  private current: Promise<never> | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly limitMs: number) {}

  /** The promise's own outcome, or an error `limitMs` to `limitMs` + 100 ms from now. */
  async race<T>(promise: Promise<T>): Promise<T> {
    return Promise.race([promise, this.deadline()]);
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private deadline(): Promise<never> {
    if (this.current) return this.current;
    const deadline = new Promise<never>((_, reject) => {
      this.after(this.limitMs + STEP_MS, () =>
        reject(new Error(`No answer within ${this.limitMs} ms`)),
      );
    });
    // Nobody may be waiting any more when it comes.
    deadline.catch(() => undefined);
    this.after(STEP_MS, () => {
      this.current = undefined;
    });
    this.current = deadline;
    return deadline;
  }

  private after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, delayMs);
    this.timers.add(timer.unref());
  }
}
