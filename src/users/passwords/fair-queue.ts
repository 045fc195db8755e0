import { DomainError } from '../../problems/errors.js';

/** How many may run and wait, and how long. */
export interface FairQueueLimits {
  /** How many run at once. */
  readonly concurrency: number;
  /** How many wait, from all sources together. */
  readonly maxWaiting: number;
  /** How many wait from one source. */
  readonly maxWaitingOfOne: number;
  /** How long one waits for its turn, in milliseconds. */
  readonly maxWaitMs: number;
}

/** A caller that waits. */
export interface Waiter {
  /** Sources take turns, however much each of them asks for. */
  readonly source: string;
  /** Whether no one waits for the answer any more. */
  readonly isGone: () => boolean;
}

interface Entry {
  readonly waiter: Waiter;
  readonly start: () => void;
  readonly refuse: (error: DomainError) => void;
}

/**
 * Runs a bounded number of tasks at once, and lets the sources of the others take turns, so that one
 * source that asks for much delays the others by a task at a time.
 */
export class FairQueue {
  /** Those who wait, by source. The source whose turn is next comes first; none is empty. */
  private readonly sources = new Map<string, Entry[]>();
  private runningCount = 0;
  private waitingCount = 0;

  constructor(private readonly limits: FairQueueLimits) {}

  /** How many tasks run. */
  get running(): number {
    return this.runningCount;
  }

  /** How many tasks wait. */
  get waiting(): number {
    return this.waitingCount;
  }

  /**
   * Runs the task when its turn comes.
   * @throws DomainError `overloaded` if too many wait, or the turn does not come in time;
   *   `request-timeout`, which no one receives, if the waiter has gone
   */
  async run<T>(waiter: Waiter, task: () => Promise<T>): Promise<T> {
    if (this.runningCount < this.limits.concurrency) this.runningCount += 1;
    else await this.turnOf(waiter);
    try {
      return await task();
    } finally {
      this.runningCount -= 1;
      this.startNext();
    }
  }

  /** Resolves when the waiter has the place of one that ended. */
  private async turnOf(waiter: Waiter): Promise<void> {
    this.makeRoomFor(waiter.source);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.remove(entry);
        entry.refuse(new DomainError('overloaded'));
      }, this.limits.maxWaitMs);
      const entry: Entry = {
        waiter,
        start: () => {
          clearTimeout(timer);
          resolve();
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const others = this.sources.get(waiter.source);
      if (others) others.push(entry);
      else this.sources.set(waiter.source, [entry]);
      this.waitingCount += 1;
    });
  }

  /** Leaves room for one more, at the cost of the source that has most of it. */
  private makeRoomFor(source: string): void {
    const { maxWaiting, maxWaitingOfOne } = this.limits;
    const isFull = () =>
      this.waitingCount >= maxWaiting || this.waitingOf(source) >= maxWaitingOfOne;
    if (isFull()) this.dropThoseGone();
    if (this.waitingOf(source) >= maxWaitingOfOne) throw new DomainError('overloaded');
    if (this.waitingCount < maxWaiting) return;
    const [largest = []] = [...this.sources.values()].sort((a, b) => b.length - a.length);
    const last = largest.at(-1);
    if (!last || largest.length <= this.waitingOf(source) + 1) throw new DomainError('overloaded');
    this.remove(last);
    last.refuse(new DomainError('overloaded'));
  }

  private startNext(): void {
    while (this.runningCount < this.limits.concurrency) {
      const entry = this.takeNext();
      if (!entry) return;
      if (entry.waiter.isGone()) {
        entry.refuse(new DomainError('request-timeout'));
      } else {
        // Taken before the waiter goes on, so that no other comes in between.
        this.runningCount += 1;
        entry.start();
      }
    }
  }

  /** The next of the source whose turn it is, which is the last one to have another. */
  private takeNext(): Entry | undefined {
    const [next] = this.sources;
    if (!next) return undefined;
    const [source, entries] = next;
    const entry = entries.shift();
    this.sources.delete(source);
    if (entries.length > 0) this.sources.set(source, entries);
    this.waitingCount -= 1;
    return entry;
  }

  private dropThoseGone(): void {
    for (const entry of [...this.sources.values()].flat()) {
      if (entry.waiter.isGone()) {
        this.remove(entry);
        entry.refuse(new DomainError('request-timeout'));
      }
    }
  }

  private remove(entry: Entry): void {
    const { source } = entry.waiter;
    const entries = this.sources.get(source) ?? [];
    const index = entries.indexOf(entry);
    if (index < 0) return;
    entries.splice(index, 1);
    if (entries.length === 0) this.sources.delete(source);
    this.waitingCount -= 1;
  }

  private waitingOf(source: string): number {
    return this.sources.get(source)?.length ?? 0;
  }
}
