import { Injectable, Logger } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { Batch } from '../database/batch.js';
import { Database } from '../database/database.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { KeyRows } from './key-rows.js';
import type { LiveKey } from './key-store.js';

/** Half of a minute, to which `last_used_at` is right: what an instance just missed, another may have noted. */
const NOTED_EVERY_MS = 30_000;

/** The keys of which this instance remembers when it noted their use. */
const MAX_REMEMBERED = 20_000;

/**
 * Notes when keys were used: seldom, those of the same moment at once, and beside the requests. A note that fails is
 * left to the key's next use.
 */
@Injectable()
export class KeyUse {
  private readonly logger = new Logger('Keys');
  private readonly notedAtMs = new LRUCache<string, number>({ max: MAX_REMEMBERED });
  private readonly notes = new Batch((uses: { id: string; usedAtMs: number }[]) =>
    this.write(uses),
  );

  constructor(
    private readonly database: Database,
    private readonly rows: KeyRows,
  ) {}

  /** Returns at once. */
  note({ id }: Pick<LiveKey, 'id'>): void {
    const usedAtMs = Date.now();
    const age = usedAtMs - (this.notedAtMs.get(id) ?? -Infinity);
    // A clock that was set back notes again.
    if (age >= 0 && age < NOTED_EVERY_MS) return;
    this.notedAtMs.set(id, usedAtMs);
    this.notes
      .add({ id, usedAtMs })
      .catch((error: unknown) => {
        this.notedAtMs.delete(id);
        ignoreUnavailable(error);
      })
      .catch((error: unknown) => this.logger.error(error));
  }

  private async write(uses: { id: string; usedAtMs: number }[]): Promise<undefined[]> {
    await this.database.write((manager) => this.rows.noteUses(manager, uses));
    return uses.map(() => undefined);
  }
}
