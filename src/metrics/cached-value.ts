import { setTimeout as sleep } from 'node:timers/promises';

/** How old a number may be, so that frequent scrapes cost no more than seldom ones. */
const KEPT_MS = 10_000;

/** If it takes long to learn, no more than a twentieth of the time is spent on that. */
const KEPT_TIMES = 20;

/** How long a scrape waits for it; Prometheus gives the whole answer ten seconds. */
const LIMIT_MS = 1_000;

/** A number that costs something to learn. */
export class CachedValue {
  private value: number | undefined;
  private freshUntilMs = 0;
  private usableUntilMs = 0;
  private learning: Promise<number | undefined> | undefined;

  constructor(private readonly learn: () => Promise<number>) {}

  /**
   * The number. It is at most ten seconds old, or twenty times as old as it took to learn; twice that age if
   * the next one takes more than a second. `undefined` if there is none, or if it could not be learnt.
   */
  async take(): Promise<number | undefined> {
    if (performance.now() < this.freshUntilMs) return this.value;
    this.learning ??= this.renew().finally(() => {
      this.learning = undefined;
    });
    return Promise.race([this.learning, this.olderValue()]);
  }

  private async olderValue(): Promise<number | undefined> {
    await sleep(LIMIT_MS, undefined, { ref: false });
    return performance.now() < this.usableUntilMs ? this.value : undefined;
  }

  private async renew(): Promise<number | undefined> {
    const startedMs = performance.now();
    try {
      this.value = await this.learn();
      const nowMs = performance.now();
      const keptMs = Math.max(KEPT_MS, KEPT_TIMES * (nowMs - startedMs));
      this.freshUntilMs = nowMs + keptMs;
      this.usableUntilMs = nowMs + 2 * keptMs;
    } catch {
      // The store's own metrics tell of it.
      this.value = undefined;
    }
    return this.value;
  }
}
