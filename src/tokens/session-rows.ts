import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThanOrEqual, Not, type EntityManager } from 'typeorm';
import { Env } from '../config/env.js';
import { runStatement, runWithGiven } from '../database/statements.js';
import { nowSeconds } from './clock.js';
import type { LiveToken } from './revocation-store.js';
import { Session } from './session.entity.js';

/** Longer than any request takes, with clocks that differ a little. */
export const UNSETTLED_MS = 15_000;

/** What a session's row has of its own when it is made. */
type NewSession = Omit<Session, 'createdAtMs' | 'renewedAtMs' | 'endedAtMs' | 'unsettledUntilMs'>;

/** A session, and whose it is said to be. */
export interface OwnedSession {
  readonly userId: number;
  readonly sessionId: string;
}

/**
 * The rows of sessions, which are the truth about them, whatever the revocation store holds: the steps of
 * the transactions that change them, and that decide by them.
 */
@Injectable()
export class SessionRows {
  constructor(private readonly env: Env) {}

  /**
   * Adds a session and ends the least recently renewed ones of the user beyond `MAX_SESSIONS`.
   * @returns the ids of those that were ended
   */
  async open(manager: EntityManager, session: NewSession): Promise<string[]> {
    const nowMs = Date.now();
    const { userId } = session;
    const nowInSeconds = nowSeconds();
    const surplus = await runStatement<{ id: string }>(
      manager,
      `WITH surplus AS (
         SELECT id FROM sessions
         WHERE user_id = $1 AND ended_at_ms IS NULL AND expires_at_seconds > $2 AND ends_at_seconds > $3
         ORDER BY renewed_at_ms DESC, created_at_ms DESC LIMIT $4 OFFSET $5
       )
       UPDATE sessions SET ended_at_ms = $6 WHERE id IN (SELECT id FROM surplus) RETURNING id`,
      [
        userId,
        nowInSeconds - this.env.TOKEN_RENEW_GRACE,
        nowInSeconds,
        this.env.MAX_SESSIONS,
        this.env.MAX_SESSIONS - 1,
        nowMs,
      ],
    );
    await runStatement(
      manager,
      `INSERT INTO sessions (id, user_id, username, renamed_at_ms, created_at_ms, renewed_at_ms,
         expires_at_seconds, ends_at_seconds, generation, address, user_agent)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        session.id,
        userId,
        session.username,
        session.renamedAtMs,
        nowMs,
        nowMs,
        session.expiresAtSeconds,
        session.endsAtSeconds,
        session.generation,
        session.address,
        session.userAgent,
      ],
    );
    return surplus.map(({ id }) => id);
  }

  /**
   * Notes renewals.
   * @returns the ids of the sessions that are still there, and of which no later renewal was noted before
   */
  async touch(manager: EntityManager, tokens: readonly LiveToken[]): Promise<Set<string>> {
    const latest = new Map<string, LiveToken>();
    for (const token of tokens) {
      const other = latest.get(token.sessionId);
      if (!other || other.generation <= token.generation) latest.set(token.sessionId, token);
    }
    const renewedAtMs = Date.now();
    const rows = [...latest.values()].map(({ sessionId, generation, expiresAtSeconds }) => ({
      session_id: sessionId,
      newest: generation,
      renewed: renewedAtMs,
      expires: expiresAtSeconds,
    }));
    const touched = await runWithGiven<{ id: string }>(
      manager,
      { session_id: 'text', newest: 'bigint', renewed: 'bigint', expires: 'bigint' },
      rows,
      `UPDATE sessions
       SET renewed_at_ms = renewed, expires_at_seconds = expires, generation = newest
       FROM given WHERE id = session_id AND ended_at_ms IS NULL AND generation <= newest
       RETURNING id`,
    );
    return new Set(touched.map(({ id }) => id));
  }

  /**
   * Marks sessions as ended.
   * @returns those that were not before, and are of the users they are said to be of
   */
  async end(manager: EntityManager, sessions: readonly OwnedSession[]): Promise<OwnedSession[]> {
    const ended = await runWithGiven<{ id: string; user_id: number }>(
      manager,
      { session_id: 'text', owner: 'bigint', ended: 'bigint' },
      sessions.map(({ userId, sessionId }) => ({
        session_id: sessionId,
        owner: userId,
        ended: Date.now(),
      })),
      `UPDATE sessions SET ended_at_ms = ended
       FROM given WHERE id = session_id AND user_id = owner AND ended_at_ms IS NULL
       RETURNING id, user_id`,
    );
    return ended.map(({ id, user_id }) => ({ userId: user_id, sessionId: id }));
  }

  /** Which of these sessions there are, of the users they are said to be of. */
  async known(
    manager: EntityManager,
    sessions: readonly OwnedSession[],
  ): Promise<readonly OwnedSession[]> {
    const ids = sessions.map(({ sessionId }) => sessionId);
    const select = { id: true, userId: true } as const;
    const rows = await manager.find(Session, { select, where: { id: In(ids) } });
    return rows.map(({ id, userId }) => ({ userId, sessionId: id }));
  }

  /**
   * Marks every session of the user as ended, but for `exceptId`.
   * @returns the ids of all that are, those included that the store may not have heard of yet
   */
  async endAll(manager: EntityManager, userId: number, exceptId?: string): Promise<string[]> {
    await manager.update(
      Session,
      { userId, endedAtMs: IsNull(), ...(exceptId && { id: Not(exceptId) }) },
      { endedAtMs: Date.now() },
    );
    const ended = { userId, endedAtMs: Not(IsNull()) };
    return (await manager.find(Session, { select: { id: true }, where: ended })).map(
      ({ id }) => id,
    );
  }

  /**
   * Lets the session end by itself soon, unless `settle` is called: for a step whose first half is in
   * the database and whose second in the store, and that must not stay half done when the process dies.
   */
  async unsettle(manager: EntityManager, id: string): Promise<void> {
    await manager.update(Session, { id }, { unsettledUntilMs: Date.now() + UNSETTLED_MS });
  }

  /** The step has come to its end. */
  async settle(manager: EntityManager, id: string): Promise<void> {
    await manager.update(Session, { id }, { unsettledUntilMs: null });
  }

  /** Whether the session was ended, but not before `sinceMs`. */
  async hasJustEnded(manager: EntityManager, id: string, sinceMs: number): Promise<boolean> {
    return manager.existsBy(Session, { id, endedAtMs: MoreThanOrEqual(sinceMs) });
  }

  /** Whether the session has not been ended. */
  async isOpen(manager: EntityManager, sessionId: string): Promise<boolean> {
    return manager.existsBy(Session, { id: sessionId, endedAtMs: IsNull() });
  }

  /** Which of the sessions have not been ended. */
  async openAmong(manager: EntityManager, ids: string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const open = { id: In(ids), endedAtMs: IsNull() };
    const rows = await manager.find(Session, { select: { id: true }, where: open });
    return new Set(rows.map(({ id }) => id));
  }

  /** Gives the user's sessions the new name, of which the store has to hear. */
  async rename(manager: EntityManager, userId: number, username: string): Promise<void> {
    const renamed = { username, renamedAtMs: Date.now() };
    await manager.update(Session, { userId, endedAtMs: IsNull() }, renamed);
  }
}
