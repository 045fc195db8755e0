import { Injectable } from '@nestjs/common';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import { ChangeFeed, type Position, type VerifierName } from './change-feed.js';
import { parseCursor, toCursor } from './cursor.js';
import { FeedReader } from './feed-reader.js';
import { LeaseRecords } from './lease-records.js';
import { CLOCK_RATE, MonotonicClock } from './monotonic-clock.js';
import { VerifierPresence } from './verifier-presence.js';

/**
 * Begins the cursors of a client that not everybody has heard of. A change that nobody was told of, because there
 * seemed to be nobody, is in no entry: so for a client that is known such a cursor is of no life, and a `reset` follows.
 */
const UNSETTLED = 'new-';

/** One question of a verifier: what has changed? */
export interface Poll extends VerifierName {
  /** `next` of the last answer: everything up to there has been applied. Undefined at first. */
  readonly after: string | undefined;
  /** How long the answer may be held if there is nothing to tell; cut to a quarter of the lease. */
  readonly waitMs: number;
}

export interface PollAnswer {
  readonly next: string;
  /** From the *sending* of the poll; 0: no lease was given, and nothing that is kept counts because of this poll. */
  readonly leaseMs: number;
  /** The `sid` of the answers to forget; undefined: all of them. */
  readonly changed: readonly string[] | undefined;
}

/** Answers the polls of those who keep answers of introspection, and gives them their leases. */
@Injectable()
export class VerifierPolls {
  constructor(
    private readonly env: Env,
    private readonly feed: ChangeFeed,
    private readonly reader: FeedReader,
    private readonly records: LeaseRecords,
    private readonly presence: VerifierPresence,
    private readonly clock: MonotonicClock,
  ) {}

  /**
   * Answers what has changed, complete up to the moment at which it was read.
   * @param signal aborted once nobody waits for the answer any more
   * @throws DomainError `too-many-verifiers` or `service-unavailable`
   */
  async poll({ after, waitMs, ...name }: Poll, signal: AbortSignal): Promise<PollAnswer> {
    const untilMs = this.clock.nowMs() + Math.min(waitMs, this.env.VERIFIER_LEASE / 4);
    if (!this.reader.window.position) await this.reader.look();
    const asked = after === undefined ? undefined : parseCursor(after);
    const isSettled = this.presence.isSettled(name.client);
    const isNew = !isSettled && asked?.life.startsWith(UNSETTLED) !== false;
    const from = isNew && asked ? { ...asked, life: asked.life.slice(UNSETTLED.length) } : asked;
    const leaseMs = await this.takeLease(name, from, isSettled);
    void this.records.sweep(this.env.VERIFIER_LEASE);
    for (;;) {
      const isLast = this.clock.nowMs() >= untilMs || signal.aborted || this.reader.isStopping;
      if (!isLast && !this.reader.window.since(from).isUrgent) {
        await this.reader.wait(untilMs, signal);
        continue;
      }
      if (!isLast) await this.reader.nextSlot();
      const { next, changed } = this.reader.window.since(from);
      return { next: `${isNew ? UNSETTLED : ''}${toCursor(next)}`, leaseMs, changed };
    }
  }

  /** Ends the lease of a verifier that uses no kept answer any more. @throws DomainError `service-unavailable` */
  async giveBack(name: VerifierName): Promise<void> {
    await this.feed.giveBack(name);
  }

  /** Records a lease, and reads the feed after that. @returns its length; 0 if there is none */
  private async takeLease(
    name: VerifierName,
    from: Position | undefined,
    isSettled: boolean,
  ): Promise<number> {
    const lengthMs = this.env.VERIFIER_LEASE;
    const { position } = this.reader.window;
    const isOfThisLife = from !== undefined && from.life === position?.life;
    if (!isSettled || (isOfThisLife && this.isBehind(from))) {
      await this.reader.look();
      return 0;
    }
    const acknowledged = isOfThisLife ? toCursor(from) : '';
    const outcome = await this.reader.look({ ...name, lengthMs, acknowledged });
    if (outcome === 'full') {
      const retryAfterSeconds = Math.ceil((CLOCK_RATE * lengthMs) / 1000);
      throw new DomainError('too-many-verifiers', { retryAfterSeconds });
    }
    return outcome === 'granted' ? lengthMs : 0;
  }

  /** Whether others have waited in vain for it: it gets no lease before it has caught up. */
  private isBehind(from: Position): boolean {
    const sinceMs = this.reader.window.unheardSinceMs(from);
    if (sinceMs === undefined) return false;
    return this.clock.nowMs() - sinceMs >= CLOCK_RATE * this.env.VERIFIER_LEASE;
  }
}
