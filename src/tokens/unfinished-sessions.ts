import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThan, MoreThanOrEqual } from 'typeorm';
import { Database } from '../database/database.js';
import type { UnsettledSession } from './session-rows.js';
import { Session } from './session.entity.js';

/**
 * The rows of sessions of which something is left to do. Each list is in the order of the index by which its rows
 * are found, so that the database never looks through the others for them.
 */
@Injectable()
export class UnfinishedSessions {
  constructor(private readonly database: Database) {}

  /** Some of the sessions that were ended and not yet forgotten, by their users. */
  async listEnded(limit: number): Promise<Map<number, string[]>> {
    // SQLite does not use the index for NOT(ended_at_ms IS NULL).
    const where = { endedAtMs: MoreThanOrEqual(0) };
    const rows = await this.database.read((manager) =>
      manager.find(Session, {
        select: { id: true, userId: true },
        where,
        order: { endedAtMs: 'ASC' },
        take: limit,
      }),
    );
    const ended = new Map<number, string[]>();
    for (const { id, userId } of rows) ended.set(userId, [...(ended.get(userId) ?? []), id]);
    return ended;
  }

  /** Some of the sessions whose tokens were to be replaced, and that were not settled in time. */
  async listUnsettled(limit: number): Promise<(UnsettledSession & Pick<Session, 'userId'>)[]> {
    return this.database.read((manager) =>
      manager.find(Session, {
        select: { id: true, userId: true, replacements: true },
        where: { unsettledUntilMs: LessThan(Date.now()), endedAtMs: IsNull() },
        order: { unsettledUntilMs: 'ASC' },
        take: limit,
      }),
    );
  }

  /** The store has replaced the tokens. */
  async settleLate({ id, replacements }: UnsettledSession): Promise<void> {
    await this.database.write((manager) =>
      manager.update(Session, { id, replacements }, { unsettledUntilMs: null }),
    );
  }

  /** Marks a session as ended, unless another step has begun in it. */
  async abandon({ id, replacements }: UnsettledSession): Promise<void> {
    await this.database.write((manager) =>
      manager.update(Session, { id, replacements, endedAtMs: IsNull() }, { endedAtMs: Date.now() }),
    );
  }

  /** Removes the rows of sessions that every store knows to be over. */
  async forget(ids: string[]): Promise<void> {
    await this.database.write((manager) => manager.delete(Session, { id: In(ids) }));
  }
}
