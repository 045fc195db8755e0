import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

/** By how much clocks may run apart: a time that another process measures is over after 1.1 times as long. */
export const CLOCK_RATE = 1.1;

/** The clock that everything about leases is measured by: it is never set. */
@Injectable()
export class MonotonicClock {
  nowMs(): number {
    return performance.now();
  }

  /**
   * Resolves after `ms`, or as soon as the signal is aborted. The process lives so long: a command line on SQLite has
   * nothing else to keep it, and would end without a word.
   */
  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await sleep(Math.max(0, ms), undefined, signal && { signal }).catch(() => undefined);
  }
}
