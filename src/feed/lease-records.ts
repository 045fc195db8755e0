import { Injectable } from '@nestjs/common';
import { Batch } from '../database/batch.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { ChangeFeed, type LeaseList } from './change-feed.js';
import { LeaseWatch } from './lease-watch.js';
import { MonotonicClock } from './monotonic-clock.js';

/** The leases as the store has them, without those that are over. Callers that ask at once share a reading. */
@Injectable()
export class LeaseRecords {
  private readonly watch = new LeaseWatch();
  private readonly readings = new Batch((asked: undefined[]) => this.readOnce(asked));
  private readAtMs = -Infinity;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly clock: MonotonicClock,
  ) {}

  /**
   * The records of leases that may be out, read after this was called. Those that are over are dropped.
   * @throws DomainError `service-unavailable`
   */
  async read(): Promise<LeaseList> {
    return this.readings.add(undefined);
  }

  /** Reads them if that was not done for so long, so that those that are over go. Never fails. */
  async sweep(everyMs: number): Promise<void> {
    if (this.clock.nowMs() - this.readAtMs < everyMs) return;
    this.readAtMs = this.clock.nowMs();
    await this.read().catch(ignoreUnavailable);
  }

  /** To be called whenever the store has said which life it is. */
  noteLife(life: string): void {
    this.watch.noteLife(life, this.clock.nowMs());
  }

  /**
   * Whether the list names every lease that may be out. A process that saw this life begin, or began itself, a
   * moment ago does not know that.
   * @param longestMs the longest lease that may have been given before
   */
  isWhole({ life, isComplete }: LeaseList, longestMs: number): boolean {
    return isComplete && this.watch.hasWatched(life, longestMs, this.clock.nowMs());
  }

  private async readOnce(asked: undefined[]): Promise<LeaseList[]> {
    const list = await this.feed.leases();
    const nowMs = this.clock.nowMs();
    this.readAtMs = nowMs;
    this.watch.note(list, nowMs);
    const over = list.leases.filter((record) => this.watch.isOver(record, nowMs));
    for (const record of over) this.feed.drop(record).catch(ignoreUnavailable);
    const known = { ...list, leases: list.leases.filter((record) => !over.includes(record)) };
    return asked.map(() => known);
  }
}
