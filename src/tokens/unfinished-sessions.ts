import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThan, MoreThanOrEqual } from 'typeorm';
import { Database } from '../database/database.js';
import { UNSETTLED_MS, type UnsettledSession } from './session-rows.js';
import { Session } from './session.entity.js';

/** Sessions of one user that were ended. */
export interface EndedSessions {
  readonly ids: string[];
  /** Whether the store may not have heard of the user's present name. */
  readonly isRenamed: boolean;
}

/**
 * The rows of sessions of which something is left to do. Each list is in the order of the index by which its rows
 * are found, so that the database never looks through the others for them.
 */
@Injectable()
export class UnfinishedSessions {
  constructor(private readonly database: Database) {}

  /** Some of the users who were renamed a while ago, and whose live tokens may show another name. */
  async listRenamed(limit: number): Promise<number[]> {
    const renamedAtMs = LessThan(Date.now() - UNSETTLED_MS);
    const where = { renamedAtMs, endedAtMs: IsNull() };
    const rows = await this.database.read((manager) =>
      manager.find(Session, {
        select: { id: true, userId: true },
        where,
        order: { renamedAtMs: 'ASC' },
        take: limit,
      }),
    );
    return [...new Set(rows.map(({ userId }) => userId))];
  }

  /** The store has heard of the name. */
  async noteNameShown(userId: number, username: string): Promise<void> {
    await this.database.write((manager) =>
      manager.update(Session, { userId, username }, { renamedAtMs: null }),
    );
  }

  /** Some of the sessions that were ended and not yet forgotten, by their users. */
  async listEnded(limit: number): Promise<Map<number, EndedSessions>> {
    // SQLite does not use the index for NOT(ended_at_ms IS NULL).
    const where = { endedAtMs: MoreThanOrEqual(0) };
    const rows = await this.database.read((manager) =>
      manager.find(Session, {
        select: { id: true, userId: true, renamedAtMs: true },
        where,
        order: { endedAtMs: 'ASC' },
        take: limit,
      }),
    );
    const ended = new Map<number, EndedSessions>();
    for (const { id, userId, renamedAtMs } of rows) {
      const { ids, isRenamed } = ended.get(userId) ?? { ids: [], isRenamed: false };
      ended.set(userId, {
        ids: [...ids, id],
        isRenamed: isRenamed || renamedAtMs !== null,
      });
    }
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
