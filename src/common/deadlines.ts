const STEP_MS = 50;

/** What counts of a step at most: what comes on top of it, the process was held up for. */
const LONGEST_STEP_MS = 250;

/** What a task can know of its deadline. */
export interface Deadline {
  /** Whether its caller was told that it failed, so that it must not happen any more. */
  readonly isOver: boolean;
  /** How long it still has at least until its caller is told, of the time that the process runs. */
  readonly remainingMs: number;
}

/** Those who wait since the same step; they are told when it took too long. */
class Waiting implements Deadline {
  readonly callers = new Set<() => void>();
  isOver = false;

  constructor(
    readonly sinceMs: number,
    private readonly remaining: (sinceMs: number) => number,
  ) {}

  get remainingMs(): number {
    return this.remaining(this.sinceMs);
  }

  end(): void {
    this.isOver = true;
    for (const fail of this.callers) fail();
  }
}

/**
 * Lets promises fail that take too long. Those that begin within the same moment share a
 * timer, because one for each command would cost more than many a command does. Time in which the whole
 * process stood still, as on a machine that was paused, does not count: no server is to blame for it.
 */
export class Deadlines {
  private readonly groups = new Set<Waiting>();
  private current: Waiting | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** How long the process ran while somebody waited. */
  private ranMs = 0;
  private steppedAtMs = 0;

  /** @param late the error of those who wait too long */
  constructor(
    private readonly limitMs: number,
    private readonly late: () => Error,
  ) {}

  /** The promise's own outcome, or an error `limitMs` to `limitMs` + 100 ms from now. */
  race<T>(promise: Promise<T>): Promise<T> {
    return this.run(() => promise);
  }

  /** As `race`, for a task that asks its deadline before it does what cannot be undone. */
  run<T>(task: (deadline: Deadline) => Promise<T>): Promise<T> {
    const waiting = (this.current ??= this.begin());
    // Not Promise.race, which would keep what is answered in memory until the deadline.
    return new Promise((resolve, reject) => {
      const fail = () => reject(this.late());
      waiting.callers.add(fail);
      task(waiting).then(
        (value) => {
          waiting.callers.delete(fail);
          resolve(value);
        },
        (error: unknown) => {
          waiting.callers.delete(fail);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.groups.clear();
    this.current = undefined;
  }

  private begin(): Waiting {
    if (!this.timer) {
      this.steppedAtMs = performance.now();
      this.timer = setInterval(() => this.step(), STEP_MS).unref();
    }
    const waiting = new Waiting(this.ranMs, (sinceMs) => this.remainingMs(sinceMs));
    this.groups.add(waiting);
    return waiting;
  }

  private remainingMs(sinceMs: number): number {
    return this.limitMs - (this.ranMs + this.sinceStepMs() - sinceMs);
  }

  private sinceStepMs(): number {
    return Math.min(performance.now() - this.steppedAtMs, LONGEST_STEP_MS);
  }

  private step(): void {
    this.ranMs += this.sinceStepMs();
    this.steppedAtMs = performance.now();
    this.current = undefined;
    for (const waiting of this.groups) {
      const isLate = this.ranMs - waiting.sinceMs > this.limitMs + STEP_MS;
      if (isLate || waiting.callers.size === 0) this.groups.delete(waiting);
      // After the next look at the connections: the answer may have come while the process did something else.
      if (isLate) setImmediate(() => waiting.end());
    }
    if (this.groups.size === 0) this.stop();
  }
}
