import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Env } from '../config/env.js';
import { RevocationStore } from './revocation-store.js';
import { SessionRows } from './session-rows.js';

const INTERVAL_MS = 5_000;
const ENDED_AT_ONCE = 500;

/**
 * Removes expired sessions and tokens, and finishes the ending of sessions of which the revocation
 * store may not have heard, because it or the process died between the row and the store.
 */
@Injectable()
export class PruningService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Pruning');
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly env: Env,
    private readonly store: RevocationStore,
    private readonly rows: SessionRows,
  ) {}

  onModuleInit(): void {
    this.schedule();
  }

  async onModuleDestroy(): Promise<void> {
    clearTimeout(this.timer);
    await this.running;
  }

  private schedule(): void {
    this.timer = setTimeout(() => {
      this.running = this.prune().finally(() => this.schedule());
    }, INTERVAL_MS).unref();
  }

  private async prune(): Promise<void> {
    try {
      for (const { id, userId } of await this.rows.listEnded(ENDED_AT_ONCE)) {
        await this.store.endSessions(userId, [id]);
        await this.rows.forget(id);
      }
      await this.rows.forgetExpired();
      await this.store.prune(this.env.TOKEN_RENEW_GRACE);
    } catch (error) {
      this.logger.warn(`Expired sessions stay for now: ${String(error)}`);
    }
  }
}
