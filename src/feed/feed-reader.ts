import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Batch } from '../database/batch.js';
import { Metrics } from '../metrics/metrics.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { ChangeFeed, keyOf, type Lease, type LeaseOutcome } from './change-feed.js';
import { FeedWindow } from './feed-window.js';
import { LeaseRecords } from './lease-records.js';
import { MonotonicClock } from './monotonic-clock.js';

/** Between two answers to one verifier, at least. */
const SPACING_MS = 5;
const SPACING_MS_FOR_EACH = 0.25;

/** A look that failed is repeated after this time, for those who wait. */
const RETRY_MS = 100;

/**
 * The one reader of the feed in a process. Polls that come at the same time share a look, and those that wait
 * share the looks that follow. Nobody looks while nobody waits.
 */
@Injectable()
export class FeedReader implements OnModuleDestroy {
  readonly window = new FeedWindow();
  private readonly looks = new Batch((leases: (Lease | undefined)[]) => this.serve(leases));
  private readonly held = new Set<AbortController>();
  private isWatching = false;
  private hasEnded = false;
  private slot: Promise<void> | undefined;
  private slotAtMs = -Infinity;
  private inSlot = 0;

  constructor(
    private readonly feed: ChangeFeed,
    private readonly records: LeaseRecords,
    private readonly clock: MonotonicClock,
    private readonly metrics: Metrics,
  ) {}

  /** Whether polls are answered at once, because the process is about to end. */
  get isStopping(): boolean {
    return this.hasEnded;
  }

  /** Those who wait are answered, so that they can ask another instance. */
  onModuleDestroy(): void {
    this.hasEnded = true;
    this.wake();
  }

  /**
   * Records the lease, if one is given, and then reads: the window has everything that was there when this was
   * called.
   * @throws DomainError `service-unavailable`
   */
  async look(lease?: Lease): Promise<LeaseOutcome> {
    return this.looks.add(lease);
  }

  /** Resolves when something comes that verifiers should hear of at once, and at `untilMs` at the latest. */
  async wait(untilMs: number, signal: AbortSignal): Promise<void> {
    const one = new AbortController();
    const end = () => one.abort();
    signal.addEventListener('abort', end);
    this.held.add(one);
    if (!this.isWatching) void this.watch();
    await this.clock.sleep(untilMs - this.clock.nowMs(), one.signal);
    this.held.delete(one);
    signal.removeEventListener('abort', end);
  }

  /** Resolves when the next answers may go, all of them together: so no verifier is answered too often. */
  async nextSlot(): Promise<void> {
    this.inSlot += 1;
    this.slot ??= this.clock.sleep(this.slotAtMs + this.spacingMs - this.clock.nowMs()).then(() => {
      this.slotAtMs = this.clock.nowMs();
      this.slot = undefined;
    });
    await this.slot;
    this.inSlot -= 1;
  }

  private get spacingMs(): number {
    return Math.max(SPACING_MS, SPACING_MS_FOR_EACH * (this.held.size + this.inSlot));
  }

  private async watch(): Promise<void> {
    this.isWatching = true;
    let pauseMs = this.spacingMs;
    while (this.held.size > 0) {
      await this.clock.sleep(pauseMs);
      pauseMs = this.spacingMs;
      await this.look().catch((error: unknown) => {
        // Those who wait have been told the truth up to their own look.
        ignoreUnavailable(error);
        pauseMs = RETRY_MS;
      });
    }
    this.isWatching = false;
  }

  private async serve(asked: (Lease | undefined)[]): Promise<LeaseOutcome[]> {
    // A verifier whose poll was doubled has one lease.
    const leases = new Map(asked.flatMap((lease) => (lease ? [[keyOf(lease), lease]] : [])));
    const look = await this.feed.look([...leases.values()], this.window.position);
    const nowMs = this.clock.nowMs();
    this.records.noteLife(look.life);
    const before = this.window.position;
    const fresh = this.window.take(look, nowMs);
    if (before && this.held.size > 0) {
      for (const { atMs } of fresh) this.metrics.feedLag(Math.max(0, Date.now() - atMs) / 1000);
    }
    if (before?.life !== look.life || fresh.some(({ isQuiet }) => !isQuiet)) this.wake();
    const outcomes = new Map([...leases.keys()].map((key, i) => [key, look.outcomes[i]]));
    return asked.map((lease) => (lease && outcomes.get(keyOf(lease))) ?? 'granted');
  }

  private wake(): void {
    for (const one of this.held) one.abort();
  }
}
