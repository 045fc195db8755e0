import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../config/background-jobs.js';
import { ClientChanges } from './client-changes.js';
import { ClientRows } from './client-rows.js';
import { ClientStore } from './client-store.js';

const INTERVAL_MS = 5_000;
const CLIENTS_AT_ONCE = 100;

/** A change that is younger is still being told by the one who made it. */
const TELLING_MS = 10_000;

/**
 * Tells the store and the verifiers of changes of clients of which they may not have heard, because these or the process
 * died between, and removes expired tokens.
 */
@Injectable()
export class ClientsJob implements OnModuleInit {
  private readonly logger = new Logger('Pruning');

  constructor(
    private readonly rows: ClientRows,
    private readonly store: ClientStore,
    private readonly changes: ClientChanges,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    this.jobs.repeatApart(INTERVAL_MS, (signal) => this.run(signal));
  }

  private async run(signal: AbortSignal): Promise<void> {
    const failures: unknown[] = [];
    // What fails for one client must not keep the others waiting, nor what has expired.
    const attempt = async (work: () => Promise<void>) =>
      work().catch((error: unknown) => failures.push(error));
    await attempt(async () => {
      for (const clientId of await this.rows.listUntold(Date.now() - TELLING_MS, CLIENTS_AT_ONCE)) {
        if (signal.aborted) return;
        await attempt(() => this.changes.finish(clientId));
      }
    });
    await attempt(() => this.store.prune(signal));
    if (failures.length > 0) {
      this.logger.warn(
        `Changes of clients and their expired tokens stay for now: ${String(failures[0])}`,
      );
    }
  }
}
