import { keyOf, type LeaseList, type LeaseRecord } from './change-feed.js';
import { CLOCK_RATE } from './monotonic-clock.js';

/** Earlier lives than that are forgotten: the store does not come back to one. */
const MAX_LIVES = 8;

/** Since when a process has seen things as they are, on its own clock and never on the store's. */
export class LeaseWatch {
  private readonly livesSinceMs = new Map<string, number>();
  private recordsSinceMs = new Map<string, number>();

  noteLife(life: string, nowMs: number): void {
    if (this.livesSinceMs.has(life)) return;
    this.livesSinceMs.set(life, nowMs);
    const [oldest = ''] = this.livesSinceMs.keys();
    if (this.livesSinceMs.size > MAX_LIVES) this.livesSinceMs.delete(oldest);
  }

  /** @param nowMs when the list had arrived */
  note({ life, leases }: LeaseList, nowMs: number): void {
    this.noteLife(life, nowMs);
    const before = this.recordsSinceMs;
    this.recordsSinceMs = new Map(
      leases.map((record) => [sightOf(record), before.get(sightOf(record)) ?? nowMs]),
    );
  }

  /** Whether every lease of so many ms is over that was given in an earlier life. */
  hasWatched(life: string, leaseMs: number, nowMs: number): boolean {
    const sinceMs = this.livesSinceMs.get(life);
    return sinceMs !== undefined && nowMs - sinceMs >= CLOCK_RATE * leaseMs;
  }

  /** Whether the lease is over, because it was not renewed while this process watched. */
  isOver(record: LeaseRecord, nowMs: number): boolean {
    const sinceMs = this.recordsSinceMs.get(sightOf(record));
    return sinceMs !== undefined && nowMs - sinceMs >= CLOCK_RATE * record.lengthMs;
  }
}

function sightOf(record: LeaseRecord): string {
  return `${keyOf(record)} ${record.beat}`;
}
