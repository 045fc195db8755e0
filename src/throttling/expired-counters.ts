import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Database } from '../database/database.js';

const INTERVAL_MS = 60_000;

/** The clocks of the instances, which set and judge the ends of windows, may differ by as much. */
const MARGIN_MS = 60_000;

/** Few enough for one statement to be done long before its timeout. */
const REMOVED_AT_ONCE = 1_000;

/** Removes the counters of a shared database whose window has ended. Redis forgets its own. */
@Injectable()
export class ExpiredCounters implements OnModuleInit {
  private readonly logger = new Logger('Counters');

  constructor(
    private readonly database: Database,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    if (!this.database.isShared) return;
    const delayMs = (time: number) => (time === 0 ? 0 : INTERVAL_MS);
    this.jobs.repeat(delayMs, (signal) => this.remove(signal));
  }

  private async remove(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted && (await this.removeSome()) === REMOVED_AT_ONCE);
    } catch (error) {
      this.logger.warn(`Old counters stay for now: ${String(error)}`);
    }
  }

  /** @returns how many were removed */
  private async removeSome(): Promise<number> {
    // Locked, so that none is removed that begins again meanwhile; other instances take other ones.
    const [, removed] = await this.database.write<[unknown, number]>((manager) =>
      manager.query(
        `WITH old AS (
           SELECT key FROM counters WHERE expire < $1 ORDER BY expire LIMIT $2
           FOR UPDATE SKIP LOCKED
         )
         DELETE FROM counters USING old WHERE counters.key = old.key`,
        [Date.now() - MARGIN_MS, REMOVED_AT_ONCE],
      ),
    );
    return removed;
  }
}
