import { MonotonicClock } from '../../../src/feed/monotonic-clock.js';

interface Timer {
  dueMs: number;
  fire: () => void;
}

/** The time of the whole model, which moves only if it is told to. */
export class ModelTime {
  nowMs = 0;
  private timers = new Set<Timer>();

  advance(ms: number): void {
    this.nowMs += ms;
    for (const timer of [...this.timers].sort((a, b) => a.dueMs - b.dueMs)) {
      if (timer.dueMs <= this.nowMs) timer.fire();
    }
  }

  /** Resolves so much later. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const fire = () => {
        this.timers.delete(timer);
        resolve();
      };
      const timer = { dueMs: this.nowMs + ms, fire };
      this.timers.add(timer);
    });
  }

  add(timer: Timer): void {
    this.timers.add(timer);
  }

  delete(timer: Timer): void {
    this.timers.delete(timer);
  }
}

/** The clock of one process, which runs a little faster or slower than others. */
export class ModelClock extends MonotonicClock {
  constructor(
    private readonly time: ModelTime,
    private readonly rate = 1,
  ) {
    super();
  }

  override nowMs(): number {
    return this.time.nowMs * this.rate;
  }

  override sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const fire = () => {
        this.time.delete(timer);
        signal?.removeEventListener('abort', fire);
        resolve();
      };
      const timer = { dueMs: this.time.nowMs + Math.max(0, ms) / this.rate, fire };
      this.time.add(timer);
      signal?.addEventListener('abort', fire);
      if (signal?.aborted) fire();
    });
  }
}
