import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { RevocationStore } from './revocation-store.js';
import { SessionUpkeep } from './session-upkeep.js';
import { SessionService } from './session.service.js';

const INTERVAL_MS = 5_000;
const ROWS_AT_ONCE = 500;

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
    private readonly upkeep: SessionUpkeep,
    private readonly sessions: SessionService,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    // Instances that started together would find the same rows: whoever comes a little later finds none.
    const delayMs = () => INTERVAL_MS * (0.5 + Math.random());
    this.jobs.repeat(delayMs, (signal) => this.prune(signal));
  }

  private async prune(signal: AbortSignal): Promise<void> {
    try {
      await this.finishEndings(signal);
      await this.finishRenamings(signal);
      if (signal.aborted) return;
      await this.upkeep.forgetExpired();
      await this.store.prune(this.env.TOKEN_RENEW_GRACE);
    } catch (error) {
      this.logger.warn(`Expired sessions stay for now: ${String(error)}`);
    }
  }

  private async finishEndings(signal: AbortSignal): Promise<void> {
    for (const [userId, ids] of await this.upkeep.listEnded(ROWS_AT_ONCE)) {
      if (signal.aborted) return;
      await this.store.endSessions(userId, ids);
      await this.upkeep.forget(ids);
    }
  }

  private async finishRenamings(signal: AbortSignal): Promise<void> {
    for (const userId of await this.upkeep.listRenamed(ROWS_AT_ONCE)) {
      if (signal.aborted) return;
      const username = await this.sessions.showName(userId);
      if (username !== undefined) await this.upkeep.noteNameShown(userId, username);
    }
  }
}
