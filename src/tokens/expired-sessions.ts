import { Injectable } from '@nestjs/common';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { nowSeconds } from './clock.js';

/** Session rows are kept this long after their last token, so that a late renewal still finds its own. */
const EXPIRED_KEPT_SECONDS = 24 * 3600;

/** When the rows of expired sessions go. */
@Injectable()
export class ExpiredSessions {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
  ) {}

  /**
   * Removes the rows of some sessions that expired long ago. Those among them that were ended stay until
   * every store knows, and are not stepped over in search of others.
   * @returns how many were removed
   */
  async forgetSome(limit: number): Promise<number> {
    const { TOKEN_TTL, TOKEN_RENEW_GRACE } = this.env;
    // One renewal may have gone unnoted while the database was away.
    const longAgo = nowSeconds() - TOKEN_TTL - TOKEN_RENEW_GRACE - EXPIRED_KEPT_SECONDS;
    const removed = await this.database.write((manager) =>
      runStatement(
        manager,
        `WITH old AS (
           SELECT id FROM sessions WHERE expires_at_seconds < $1 ORDER BY expires_at_seconds LIMIT $2
         )
         DELETE FROM sessions
         WHERE id IN (SELECT id FROM old) AND expires_at_seconds < $1 AND ended_at_ms IS NULL
         RETURNING id`,
        [longAgo, limit],
      ),
    );
    return removed.length;
  }
}
