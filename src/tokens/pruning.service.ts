import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { ExpiredSessions } from './expired-sessions.js';
import { RevocationStore } from './revocation-store.js';
import { SessionNames } from './session-names.js';
import { UnfinishedSessions } from './unfinished-sessions.js';

const INTERVAL_MS = 5_000;
const ROWS_AT_ONCE = 500;

/** How many times so many endings are finished before the other work has its turn. */
const BATCHES_OF_ENDINGS = 4;

/**
 * Removes expired sessions and tokens, and finishes the endings and renamings of which the revocation
 * store may not have heard, because it or the process died between the row and the store.
 */
@Injectable()
export class PruningService implements OnModuleInit {
  private readonly logger = new Logger('Pruning');

  constructor(
    private readonly env: Env,
    private readonly store: RevocationStore,
    private readonly unfinished: UnfinishedSessions,
    private readonly expired: ExpiredSessions,
    private readonly names: SessionNames,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    // Instances that started together would find the same rows: the one that comes a little later finds none.
    const delayMs = () => INTERVAL_MS * (0.5 + Math.random());
    this.jobs.repeat(delayMs, (signal) => this.prune(signal));
  }

  private async prune(signal: AbortSignal): Promise<void> {
    try {
      await this.finishReplacements(signal);
      await this.finishEndings(signal);
      await this.finishRenamings(signal);
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
      if (present !== undefined && present >= replacements)
        await this.unfinished.settleLate(session);
      else await this.unfinished.abandon(session);
    }
  }

  private async finishEndings(signal: AbortSignal): Promise<void> {
    for (let batch = 0; batch < BATCHES_OF_ENDINGS; batch += 1) {
      let count = 0;
      for (const [userId, ended] of await this.unfinished.listEnded(ROWS_AT_ONCE)) {
        if (signal.aborted) return;
        await this.store.endSessions(userId, ended.ids);
        // The rows that say so are about to go.
        if (ended.isRenamed) await this.names.show(userId);
        await this.unfinished.forget(ended.ids);
        count += ended.ids.length;
      }
      if (count < ROWS_AT_ONCE) return;
    }
  }

  private async finishRenamings(signal: AbortSignal): Promise<void> {
    for (const userId of await this.unfinished.listRenamed(ROWS_AT_ONCE)) {
      if (signal.aborted) return;
      const username = await this.names.show(userId);
      if (username !== undefined) await this.unfinished.noteNameShown(userId, username);
    }
  }
}
