import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { ExpiredSessions } from './expired-sessions.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { RevocationStore } from './revocation-store.js';
import { EarlierRenamings } from './earlier-renamings.js';
import { UnfinishedSessions } from './unfinished-sessions.js';
import { UserDescriptions } from './user-descriptions.js';

const INTERVAL_MS = 5_000;
const ROWS_AT_ONCE = 500;

/** So many that an entry of the feed names each. */
const SIDS_AT_ONCE = 200;

/** How many times so many endings are finished before the other work has its turn. */
const BATCHES_OF_ENDINGS = 4;

/**
 * Removes expired sessions and tokens, and finishes the endings and the changes of accounts of which the
 * revocation store or the verifiers may not have heard, because these or the process died between.
 */
@Injectable()
export class PruningService implements OnModuleInit {
  private readonly logger = new Logger('Pruning');

  constructor(
    private readonly env: Env,
    private readonly store: RevocationStore,
    private readonly unfinished: UnfinishedSessions,
    private readonly expired: ExpiredSessions,
    private readonly descriptions: UserDescriptions,
    private readonly renamings: EarlierRenamings,
    private readonly announcements: ChangeAnnouncements,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    this.jobs.repeatApart(INTERVAL_MS, (signal) => this.prune(signal));
  }

  private async prune(signal: AbortSignal): Promise<void> {
    try {
      await this.finishReplacements(signal);
      await this.finishEndings(signal);
      await this.finishDescriptions(signal);
      if (signal.aborted) return;
      await this.forgetExpired(signal);
      await this.store.prune(this.env.TOKEN_RENEW_GRACE, signal);
    } catch (error) {
      this.logger.warn(`Expired sessions stay for now: ${String(error)}`);
    }
  }

  private async forgetExpired(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.expired.forgetSome(ROWS_AT_ONCE)) === ROWS_AT_ONCE);
  }

  /** Settles the sessions whose tokens the store has replaced, and ends the others. */
  private async finishReplacements(signal: AbortSignal): Promise<void> {
    for (const session of await this.unfinished.listUnsettled(ROWS_AT_ONCE)) {
      if (signal.aborted) return;
      const { id: sessionId, userId, replacements } = session;
      const present = await this.store.replacementsOf({ userId, sessionId });
      if (present !== undefined && present >= replacements) {
        await this.tellLate([sessionId]);
        await this.unfinished.settleLate(session);
      } else await this.unfinished.abandon(session);
    }
  }

  private async finishEndings(signal: AbortSignal): Promise<void> {
    for (let batch = 0; batch < BATCHES_OF_ENDINGS; batch += 1) {
      let count = 0;
      for (const [userId, ids] of await this.unfinished.listEnded(ROWS_AT_ONCE)) {
        if (signal.aborted) return;
        await this.store.endSessions(userId, ids);
        await this.tellLate(ids);
        await this.unfinished.forget(ids);
        count += ids.length;
      }
      if (count < ROWS_AT_ONCE) return;
    }
  }

  /** Most of them have been told before, and it does no harm. */
  private async tellLate(sids: string[]): Promise<void> {
    for (let at = 0; at < sids.length; at += SIDS_AT_ONCE) {
      await this.announcements.tell({
        kind: 'finished-late',
        sids: sids.slice(at, at + SIDS_AT_ONCE),
      });
    }
  }

  private async finishDescriptions(signal: AbortSignal): Promise<void> {
    await this.renamings.adoptSome(ROWS_AT_ONCE);
    for (const userId of await this.descriptions.listUntold(ROWS_AT_ONCE)) {
      if (signal.aborted) return;
      await this.descriptions.show(userId);
    }
  }
}
