import { Injectable } from '@nestjs/common';
import { Env } from '../config/env.js';
import { Batch } from '../database/batch.js';
import { Metrics } from '../metrics/metrics.js';
import { tellingOf, type Change, type Urgency } from './change.js';
import { ChangeFeed, type FeedEntry } from './change-feed.js';
import { merge } from './entry-text.js';
import { LeaseRecords } from './lease-records.js';
import { LeaseWaits, type Told } from './lease-waits.js';
import { MonotonicClock } from './monotonic-clock.js';
import { VerifierPresence } from './verifier-presence.js';

/**
 * Tells verifiers of changes, and waits until none of them uses an answer from before. To be called once the
 * database and the live records have the change, and before anybody hears of its success: one who reads the feed
 * and then asks meets the change.
 */
@Injectable()
export class ChangeAnnouncements {
  private readonly appends = new Batch((entries: FeedEntry[]) => this.append(entries));

  constructor(
    private readonly env: Env,
    private readonly feed: ChangeFeed,
    private readonly records: LeaseRecords,
    private readonly waits: LeaseWaits,
    private readonly presence: VerifierPresence,
    private readonly clock: MonotonicClock,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Tells of what was changed together, and waits once for all of it, as far as a change of its kind is waited
   * for. Repeating it is safe, also for changes that were told.
   * @throws DomainError `service-unavailable` if it is not certain that all were told
   */
  async tell(...changes: readonly Change[]): Promise<void> {
    const tellings = changes
      .map((change) => ({ ...tellingOf(change), urgency: this.urgencyOf(change) }))
      .filter(({ sids }) => sids.length > 0);
    if (tellings.length === 0 || !(await this.presence.mayExist())) return;
    const begunMs = this.clock.nowMs();
    const told = await this.appends.add({
      sids: tellings.flatMap(({ sids }) => sids),
      isQuiet: tellings.every(({ urgency }) => urgency === 'quiet'),
      atMs: Date.now(),
    });
    if (!tellings.some(({ urgency }) => urgency === 'awaited')) return;
    await this.waits.untilForgotten(told);
    this.metrics.changeWait((this.clock.nowMs() - begunMs) / 1000);
  }

  /** Whether there may be anybody to tell: what is only to be told need not be looked for otherwise. Never fails. */
  async areHeard(): Promise<boolean> {
    return this.presence.mayExist();
  }

  private urgencyOf(change: Change): Urgency {
    // The replaced token dies before every verifier is sure to have polled.
    const diesSoon = this.env.TOKEN_REUSE_INTERVAL * 1000 < 2 * this.env.VERIFIER_LEASE;
    return change.kind === 'renewed-hard' && diesSoon ? 'awaited' : tellingOf(change).urgency;
  }

  private async append(entries: FeedEntry[]): Promise<Told[]> {
    const position = await this.feed.append(merge(entries));
    this.records.noteLife(position.life);
    const told = { position, atMs: this.clock.nowMs() };
    return entries.map(() => told);
  }
}
