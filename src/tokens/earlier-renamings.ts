import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { UNSETTLED_MS } from './session-rows.js';
import { UserDescriptions } from './user-descriptions.js';

/**
 * Renamings that instances of the version before began: they note in the sessions' rows, and not in the account's,
 * that the store may not have heard.
 */
@Injectable()
export class EarlierRenamings {
  constructor(
    private readonly database: Database,
    private readonly descriptions: UserDescriptions,
  ) {}

  /** Takes some over, as changes of the accounts of which the store has not heard. */
  async adoptSome(limit: number): Promise<void> {
    const beforeMs = Date.now() - UNSETTLED_MS;
    const rows = await this.database.read((manager) =>
      runStatement<{ user_id: number }>(
        manager,
        'SELECT user_id FROM sessions WHERE renamed_at_ms < $1 ORDER BY renamed_at_ms LIMIT $2',
        [beforeMs, limit],
      ),
    );
    for (const userId of new Set(rows.map(({ user_id }) => user_id))) {
      await this.database.writeFor(userId, async (manager) => {
        await this.descriptions.write(manager, userId);
        await runStatement(
          manager,
          'UPDATE sessions SET renamed_at_ms = NULL WHERE user_id = $1 AND renamed_at_ms < $2',
          [userId, beforeMs],
        );
      });
    }
  }
}
