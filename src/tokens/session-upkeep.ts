import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThan, Not } from 'typeorm';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { nowSeconds } from './clock.js';
import { UNSETTLED_MS } from './session-rows.js';
import { Session } from './session.entity.js';

/** Session rows are kept this long after their last token, so that a late renewal still finds its own. */
const EXPIRED_KEPT_SECONDS = 24 * 3600;

/** The rows of sessions of which something is left to do, or nothing any more. */
@Injectable()
export class SessionUpkeep {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
  ) {}

  /** Some of the users who were renamed a while ago, and whose live tokens may show another name. */
  async listRenamed(limit: number): Promise<number[]> {
    const renamedAtMs = LessThan(Date.now() - UNSETTLED_MS);
    const where = { renamedAtMs, endedAtMs: IsNull() };
    const rows = await this.database.read((manager) =>
      manager.find(Session, { select: { id: true, userId: true }, where, take: limit }),
    );
    return [...new Set(rows.map(({ userId }) => userId))];
  }

  /** The store has heard of the name. */
  async noteNameShown(userId: number, username: string): Promise<void> {
    await this.database.write((manager) =>
      manager.update(Session, { userId, username }, { renamedAtMs: null }),
    );
  }

  /** Some of the sessions that were ended, or left unsettled, and not yet forgotten, by their users. */
  async listEnded(limit: number): Promise<Map<number, string[]>> {
    const where = [{ endedAtMs: Not(IsNull()) }, { unsettledUntilMs: LessThan(Date.now()) }];
    const rows = await this.database.read((manager) =>
      manager.find(Session, { select: { id: true, userId: true }, where, take: limit }),
    );
    const ids = new Map<number, string[]>();
    for (const { id, userId } of rows) ids.set(userId, [...(ids.get(userId) ?? []), id]);
    return ids;
  }

  /** Removes the rows of sessions that every store knows to be over. */
  async forget(ids: string[]): Promise<void> {
    await this.database.write((manager) => manager.delete(Session, { id: In(ids) }));
  }

  /** Removes the rows of sessions that expired long ago. */
  async forgetExpired(): Promise<void> {
    const { TOKEN_TTL, TOKEN_RENEW_GRACE } = this.env;
    // One renewal may have gone unnoted while the database was away.
    const longAgo = nowSeconds() - TOKEN_TTL - TOKEN_RENEW_GRACE - EXPIRED_KEPT_SECONDS;
    await this.database.write((manager) =>
      manager.delete(Session, { expiresAtSeconds: LessThan(longAgo), endedAtMs: IsNull() }),
    );
  }
}
