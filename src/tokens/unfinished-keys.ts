import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Database } from '../database/database.js';
import { runStatement, runWithGiven } from '../database/statements.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { CLOCK_SKEW_SECONDS, nowSeconds } from './clock.js';
import { KeyStore } from './key-store.js';

const INTERVAL_MS = 5_000;
const ROWS_AT_ONCE = 200;

/**
 * Finishes deletions of API keys of which the key store or the verifiers may not have heard, because these or the
 * process died between, and removes the rows of keys that have expired.
 */
@Injectable()
export class UnfinishedKeys implements OnModuleInit {
  private readonly logger = new Logger('Keys');

  constructor(
    private readonly database: Database,
    private readonly store: KeyStore,
    private readonly announcements: ChangeAnnouncements,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    this.jobs.repeatApart(INTERVAL_MS, (signal) => this.finish(signal));
  }

  private async finish(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted && (await this.finishSome()) === ROWS_AT_ONCE);
      while (!signal.aborted && (await this.forgetExpired()) === ROWS_AT_ONCE);
    } catch (error) {
      this.logger.warn(`Deleted keys stay for now: ${String(error)}`);
    }
  }

  /** @returns how many were found */
  private async finishSome(): Promise<number> {
    const rows = await this.database.read((manager) =>
      runStatement<{ id: string; user_id: number; key_hash: string }>(
        manager,
        `SELECT id, user_id, key_hash FROM api_keys
         WHERE deleted_at_ms >= 0 ORDER BY deleted_at_ms LIMIT ${ROWS_AT_ONCE}`,
        [],
      ),
    );
    const hashes = new Map<number, string[]>();
    for (const { user_id, key_hash } of rows) {
      hashes.set(user_id, [...(hashes.get(user_id) ?? []), key_hash]);
    }
    for (const [userId, ofUser] of hashes) await this.store.kill(userId, ofUser);
    if (rows.length === 0) return 0;
    const ids = rows.map(({ id }) => id);
    await this.announcements.tell({ kind: 'finished-late', sids: ids });
    await this.forget(ids);
    return rows.length;
  }

  private async forget(ids: string[]): Promise<void> {
    await this.database.write((manager) =>
      runWithGiven(
        manager,
        { deleted_id: 'text' },
        ids.map((id) => ({ deleted_id: id })),
        'DELETE FROM api_keys WHERE id IN (SELECT deleted_id FROM given)',
      ),
    );
  }

  /** @returns how many were removed; those that were deleted stay until the store knows */
  private async forgetExpired(): Promise<number> {
    const removed = await this.database.write((manager) =>
      runStatement(
        manager,
        `WITH old AS (
           SELECT id FROM api_keys WHERE expires_at_seconds < $1
           ORDER BY expires_at_seconds LIMIT ${ROWS_AT_ONCE}
         )
         DELETE FROM api_keys WHERE id IN (SELECT id FROM old) AND deleted_at_ms IS NULL RETURNING id`,
        [nowSeconds() - CLOCK_SKEW_SECONDS],
      ),
    );
    return removed.length;
  }
}
