import { Injectable } from '@nestjs/common';
import { Env } from '../config/env.js';
import { isUnavailable } from '../problems/errors.js';
import { keyOf, type LeaseList, type LeaseRecord, type Position } from './change-feed.js';
import { hasApplied } from './cursor.js';
import { LeaseRecords } from './lease-records.js';
import { CLOCK_RATE, MonotonicClock } from './monotonic-clock.js';

/** Between two readings of the leases, for all who wait. */
const PAUSE_MS = 5;
const PAUSE_MS_FOR_EACH = 0.25;

/** An entry that is in the feed. */
export interface Told {
  readonly position: Position;
  /** When the store had said so. */
  readonly atMs: number;
}

/** Waits for those who keep answers of introspection. */
@Injectable()
export class LeaseWaits {
  constructor(
    private readonly env: Env,
    private readonly records: LeaseRecords,
    private readonly clock: MonotonicClock,
  ) {}

  /**
   * Resolves once nobody uses an answer from before the entry. That is so if every lease that is found after it
   * was written has acknowledged it, or has ended: a lease that is not found then is recorded later, and its poll
   * reads the feed after that. It is so in any case after 1.1 times the longest lease that may be out. Never fails.
   */
  async untilForgotten({ position, atMs }: Told): Promise<void> {
    let longestMs = this.env.VERIFIER_LEASE;
    let pending: readonly LeaseRecord[] | undefined;
    for (;;) {
      const list = await this.list();
      if (list) {
        longestMs = longestOf(list.leases, longestMs);
        pending = stillPending(list.leases, position, pending);
      }
      const isWhole =
        list?.life === position.life &&
        this.records.isWhole(list, longestMs) &&
        pending !== undefined;
      const boundMs = isWhole ? longestOf(pending ?? []) : longestMs;
      const restMs = atMs + CLOCK_RATE * boundMs - this.clock.nowMs();
      if (restMs <= 0 || (isWhole && pending?.length === 0)) return;
      await this.clock.sleep(Math.min(restMs, this.untilNextReadingMs(list?.leases.length ?? 0)));
    }
  }

  /** All who wait wake at the same moments, and share what they read. */
  private untilNextReadingMs(leases: number): number {
    const pauseMs = Math.max(PAUSE_MS, PAUSE_MS_FOR_EACH * leases);
    return pauseMs - (this.clock.nowMs() % pauseMs);
  }

  private async list(): Promise<LeaseList | undefined> {
    try {
      return await this.records.read();
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return undefined;
    }
  }
}

/** The leases that were found at first, and are neither gone nor have acknowledged the entry. */
function stillPending(
  leases: readonly LeaseRecord[],
  entry: Position,
  before: readonly LeaseRecord[] | undefined,
): LeaseRecord[] {
  const found = before && new Set(before.map(keyOf));
  return leases.filter(
    (record) => !hasApplied(record.acknowledged, entry) && (found?.has(keyOf(record)) ?? true),
  );
}

function longestOf(leases: readonly LeaseRecord[], atLeastMs = 0): number {
  return leases.reduce((longest, { lengthMs }) => Math.max(longest, lengthMs), atLeastMs);
}
