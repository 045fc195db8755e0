import type { RateLimiterAbstract } from 'rate-limiter-flexible';

/** A store that took longer to fail is silent, and not asked again for as long. */
const SILENCE_MS = 250;

/** Counts events by key in windows that begin with the first of them. */
export class Counter {
  private silentUntilMs = 0;
  private failure: unknown;

  /** @param peek what a key stands at, if there is a way to know that for less than the library's */
  constructor(
    private readonly limiter: RateLimiterAbstract,
    private readonly limit: number,
    private readonly answer: <T>(ask: () => Promise<T>) => Promise<T>,
    private readonly peek?: (key: string) => Promise<number>,
  ) {}

  /**
   * How long until `key` is below the limit again, in ms; 0 if it is.
   * @throws DomainError `service-unavailable`
   */
  async excessMs(key: string): Promise<number> {
    if (this.limit === 0) return 0;
    if (await this.isBelow(key)) return 0;
    const found = await this.ask(() => this.answer(() => this.limiter.get(key)));
    return found && found.consumedPoints >= this.limit ? found.msBeforeNext : 0;
  }

  /**
   * Counts one more, atomically.
   * @returns how long until `key` is below the limit again, in ms, if this one went beyond it; else 0
   * @throws DomainError `service-unavailable`
   */
  async raise(key: string): Promise<number> {
    if (this.limit === 0) return 0;
    const { consumedPoints, msBeforeNext } = await this.ask(() =>
      this.answer(() => this.limiter.penalty(key)),
    );
    return consumedPoints > this.limit ? msBeforeNext : 0;
  }

  /** Begins again. @throws DomainError `service-unavailable` */
  async reset(key: string): Promise<void> {
    if (this.limit > 0) await this.ask(() => this.answer(() => this.limiter.delete(key)));
  }

  /** Whether a cheap look tells it. Nearly all keys that are asked for are below their limits. */
  private async isBelow(key: string): Promise<boolean> {
    const { peek } = this;
    return peek !== undefined && (await this.ask(() => peek(key))) < this.limit;
  }

  /**
   * If a store is silent, one caller waits for it, and not each of those that queue for a hash in turn.
   */
  private async ask<T>(call: () => Promise<T>): Promise<T> {
    const startedMs = performance.now();
    if (startedMs < this.silentUntilMs) throw this.failure;
    try {
      return await call();
    } catch (error) {
      const failedMs = performance.now();
      if (failedMs - startedMs > SILENCE_MS) {
        this.failure = error;
        this.silentUntilMs = failedMs + SILENCE_MS;
      }
      throw error;
    }
  }
}
