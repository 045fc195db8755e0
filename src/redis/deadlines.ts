const STEP_MS = 100;

/** Those who wait are told when it took too long. */
type Waiting = Set<(error: Error) => void>;

/**
 * Lets promises fail that take too long. Those that begin within the same tenth of a second share a
 * timer, because one for each command would cost more than many a command does.
 */
export class Deadlines {
  private current: Waiting | undefined;
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(private readonly limitMs: number) {}

  /** The promise's own outcome, or an error `limitMs` to `limitMs` + 100 ms from now. */
  race<T>(promise: Promise<T>): Promise<T> {
    const waiting = (this.current ??= this.begin());
    // Not Promise.race, which would keep what is answered in memory until the deadline.
    return new Promise((resolve, reject) => {
      waiting.add(reject);
      promise.then(
        (value) => {
          waiting.delete(reject);
          resolve(value);
        },
        (error: unknown) => {
          waiting.delete(reject);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  stop(): void {
    for (const timer of this.timers) clearTimeout(timer);
  }

  private begin(): Waiting {
    const waiting: Waiting = new Set();
    this.after(STEP_MS, () => {
      this.current = undefined;
    });
    this.after(this.limitMs + STEP_MS, () => {
      for (const fail of waiting) fail(new Error(`No answer within ${this.limitMs} ms`));
    });
    return waiting;
  }

  private after(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, delayMs);
    this.timers.add(timer.unref());
  }
}
