import { setTimeout as sleep } from 'node:timers/promises';

/** How old a number may be, so that frequent scrapes cost no more than seldom ones. */
const KEPT_MS = 10_000;

/** How long a scrape waits for it; Prometheus gives the whole answer ten seconds. */
const LIMIT_MS = 1_000;

/** A number that costs something to learn. */
export class Reading {
  private value: number | undefined;
  private freshUntilMs = 0;
  private learning: Promise<number | undefined> | undefined;

  constructor(private readonly learn: () => Promise<number>) {}

  /** The number, at most ten seconds old; nothing where it cannot be learnt within a second. */
  async take(): Promise<number | undefined> {
    if (performance.now() < this.freshUntilMs) return this.value;
    this.learning ??= this.renew().finally(() => {
      this.learning = undefined;
    });
    return Promise.race([this.learning, sleep(LIMIT_MS, undefined, { ref: false })]);
  }

  private async renew(): Promise<number | undefined> {
    try {
      this.value = await this.learn();
      this.freshUntilMs = performance.now() + KEPT_MS;
      return this.value;
    } catch {
      // The store's own metrics tell of it.
      return undefined;
    }
  }
}
