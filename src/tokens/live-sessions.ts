import { Injectable } from '@nestjs/common';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { nowSeconds } from './clock.js';

/** Few enough that reads beside it hardly wait, on SQLite too. */
const COUNTED_AT_ONCE = 2_000;

/** How many sessions live, for the metrics. */
@Injectable()
export class LiveSessions {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
  ) {}

  /**
   * How many sessions of all users can still be renewed. Among many it takes seconds, in short steps, and may
   * miss some of those that begin meanwhile.
   */
  async countRenewable(): Promise<number> {
    let count = 0;
    for (let afterId = ''; ;) {
      const { last, looked, renewable } = await this.countAfter(afterId);
      count += renewable;
      if (last === null || looked < COUNTED_AT_ONCE) return count;
      afterId = last;
    }
  }

  /** Looks at the next sessions in the order of their ids, which never change. */
  private async countAfter(id: string) {
    const now = nowSeconds();
    const [row] = await this.database.read((manager) =>
      runStatement<{ last: string | null; looked: string; renewable: string | null }>(
        manager,
        `WITH looked AS (
           SELECT id, CASE
             WHEN ended_at_ms IS NULL AND expires_at_seconds > $1 AND ends_at_seconds > $2 THEN 1
             ELSE 0 END AS renewable
           FROM sessions WHERE id > $3 ORDER BY id LIMIT ${COUNTED_AT_ONCE}
         )
         SELECT MAX(id) AS last, COUNT(*) AS looked, SUM(renewable) AS renewable FROM looked`,
        [now - this.env.TOKEN_RENEW_GRACE, now, id],
      ),
    );
    return {
      last: row?.last ?? null,
      looked: Number(row?.looked),
      renewable: Number(row?.renewable ?? 0),
    };
  }
}
