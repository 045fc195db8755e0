import { Injectable } from '@nestjs/common';
import { In, IsNull, MoreThan, Not, type EntityManager } from 'typeorm';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { runStatement, runWithGiven } from '../database/statements.js';
import { DomainError } from '../problems/errors.js';
import { nowSeconds } from './clock.js';
import type { LiveToken } from './revocation-store.js';
import { Session } from './session.entity.js';
import { FACTS_COLUMNS, toFacts, type FactsRow, type UserFacts } from './user-facts.js';

/** Longer than any request takes, with clocks that differ a little. */
export const UNSETTLED_MS = 15_000;

/** One renewal in this time becomes an event, of those that a client could have done without. */
const NEEDLESS_RENEWALS_EVENT_MS = 60_000;

/** Of a session that may still be used, at the times $3, less what is allowed for a renewal that comes late, and $4. */
const IS_OPEN = 'ended_at_ms IS NULL AND expires_at_seconds > $3 AND ends_at_seconds > $4';

/** What a session's row has of its own when it is made. */
type NewSession = Omit<
  Session,
  | 'createdAtMs'
  | 'renewedAtMs'
  | 'renewalToldAtMs'
  | 'endedAtMs'
  | 'unsettledUntilMs'
  | 'replacements'
>;

/** What an open session's rows say of its tokens and their user. */
interface OpenSession {
  readonly facts: UserFacts;
  readonly generation: number;
  readonly replacements: number;
  readonly unsettledUntilMs: number | null;
}

interface OpenSessionRow extends FactsRow {
  readonly generation: number;
  readonly replacements: number;
  readonly unsettled_until_ms: string | number | null;
}

/** What a session was like when its token was proved. As long as it is like that, the proof holds. */
export type SessionProof = Pick<Session, 'id' | 'replacements' | 'unsettledUntilMs'>;

/** A session, and whose it is said to be. */
export interface OwnedSession {
  readonly userId: number;
  readonly sessionId: string;
}

/** A renewal that has happened in the store. */
export interface DoneRenewal {
  readonly token: LiveToken;
  /** `told` for sure, `seldom` once a minute, or `untold`: whether it becomes an event. */
  readonly event: 'told' | 'seldom' | 'untold';
}

/** A session whose tokens are being replaced. */
export type UnsettledSession = Pick<Session, 'id' | 'replacements'>;

/**
 * The rows of sessions, which are the truth about them, whatever the revocation store holds: all that requests read
 * from them and write to them. What takes an `EntityManager` is a step of a transaction; no write may depend
 * on the rest, as it may have changed when it is answered.
 */
@Injectable()
export class SessionRows {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
  ) {}

  /**
   * Adds a session and ends the least recently renewed ones of the user beyond `MAX_SESSIONS`.
   * @returns the ids of those that were ended
   */
  async open(manager: EntityManager, session: NewSession): Promise<string[]> {
    const nowMs = Date.now();
    const nowInSeconds = nowSeconds();
    const { MAX_SESSIONS, TOKEN_RENEW_GRACE } = this.env;
    const ofOthers = [
      session.id,
      session.userId,
      nowInSeconds - TOKEN_RENEW_GRACE,
      nowInSeconds,
    ] as const;
    const [added] = await runStatement<{ others: string | number }>(
      manager,
      `WITH others AS (
         SELECT id FROM sessions WHERE id <> $1 AND user_id = $2 AND ${IS_OPEN}
       )
       INSERT INTO sessions (id, user_id, username, created_at_ms, renewed_at_ms,
         expires_at_seconds, ends_at_seconds, generation, amr, address, user_agent)
       VALUES ($1, $2, $5, $6, $6, $7, $8, $9, $10, $11, $12)
       RETURNING (SELECT count(*) FROM others) AS others`,
      [
        ...ofOthers,
        session.username,
        nowMs,
        session.expiresAtSeconds,
        session.endsAtSeconds,
        session.generation,
        session.amr,
        session.address,
        session.userAgent,
      ],
    );
    if (Number(added?.others) < MAX_SESSIONS) return [];
    const surplus = await runStatement<{ id: string }>(
      manager,
      `WITH surplus AS (
         SELECT id FROM sessions WHERE id <> $1 AND user_id = $2 AND ${IS_OPEN}
         ORDER BY renewed_at_ms DESC, created_at_ms DESC LIMIT $5 OFFSET $6
       )
       UPDATE sessions SET ended_at_ms = $7 WHERE id IN (SELECT id FROM surplus) RETURNING id`,
      [...ofOthers, MAX_SESSIONS, MAX_SESSIONS - 1, nowMs],
    );
    return surplus.map(({ id }) => id);
  }

  /**
   * Notes that tokens of these sessions are about to be renewed.
   * @returns the ids of those that have not been ended
   */
  async beginRenewals(manager: EntityManager, ids: readonly string[]): Promise<Set<string>> {
    const begun = await runWithGiven<{ id: string }>(
      manager,
      { session_id: 'text', renewed: 'bigint' },
      [...new Set(ids)].map((id) => ({ session_id: id, renewed: Date.now() })),
      `UPDATE sessions SET renewed_at_ms = renewed
       FROM given WHERE id = session_id AND ended_at_ms IS NULL RETURNING id`,
    );
    return new Set(begun.map(({ id }) => id));
  }

  /**
   * Notes renewals: what the newest tokens are like, unless a later renewal was noted before.
   * @returns the ids of the sessions of which an event tells now. Every renewal that a client had to make is told, and
   *   one a minute of the others, so that no client's zeal fills the events
   */
  async noteRenewals(
    manager: EntityManager,
    renewals: readonly DoneRenewal[],
  ): Promise<Set<string>> {
    const newest = new Map<string, { token: LiveToken; toldBeforeMs: number }>();
    const nowMs = Date.now();
    const toldBeforeMs = {
      told: nowMs + 1,
      seldom: nowMs - NEEDLESS_RENEWALS_EVENT_MS,
      untold: -1,
    };
    for (const { token, event } of renewals) {
      const other = newest.get(token.sessionId);
      newest.set(token.sessionId, {
        token: other && other.token.generation > token.generation ? other.token : token,
        toldBeforeMs: Math.max(toldBeforeMs[event], other?.toldBeforeMs ?? -1),
      });
    }
    const noted = await runWithGiven<{ id: string; renewal_told_at_ms: number | string | null }>(
      manager,
      {
        ...{ session_id: 'text', newest: 'bigint', renewed: 'bigint', expires: 'bigint' },
        told_before: 'bigint',
      },
      [...newest.values()].map(({ token, toldBeforeMs: told_before }) => ({
        session_id: token.sessionId,
        newest: token.generation,
        renewed: nowMs,
        expires: token.expiresAtSeconds,
        told_before,
      })),
      `UPDATE sessions
       SET renewed_at_ms = renewed, expires_at_seconds = expires, generation = newest,
         renewal_told_at_ms = CASE WHEN coalesce(renewal_told_at_ms, 0) < told_before
           THEN renewed ELSE renewal_told_at_ms END
       FROM given WHERE id = session_id AND ended_at_ms IS NULL AND generation <= newest
       RETURNING id, renewal_told_at_ms`,
    );
    const told = noted.filter((row) => Number(row.renewal_told_at_ms) === nowMs);
    return new Set(told.map(({ id }) => id));
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
    return this.ended(manager, userId);
  }

  /** The ids of the user's sessions that have ended, those included that the store may not have heard of yet. */
  async ended(manager: EntityManager, userId: number): Promise<string[]> {
    const where = { userId, endedAtMs: Not(IsNull()) };
    const rows = await manager.find(Session, { select: { id: true }, where });
    return rows.map(({ id }) => id);
  }

  /** What to compare later, in the transaction that writes; undefined if the session has ended. */
  async prove(manager: EntityManager, id: string): Promise<SessionProof | undefined> {
    const select = { id: true, replacements: true, unsettledUntilMs: true } as const;
    const row = await manager.findOne(Session, { select, where: { id, endedAtMs: IsNull() } });
    return row ?? undefined;
  }

  /** @throws DomainError `token-invalid` if the session is not as it was when it was proved */
  async requireProof(manager: EntityManager, proof: SessionProof): Promise<void> {
    const present = await this.prove(manager, proof.id);
    const holds =
      present?.replacements === proof.replacements &&
      present.unsettledUntilMs === proof.unsettledUntilMs;
    if (!holds) throw new DomainError('token-invalid');
  }

  /**
   * Begins to replace the session's tokens. It ends by itself soon unless `settle` is called: the first half
   * of the step is in the database and the second in the store, and it must not stay half done when the
   * process dies.
   * @returns how often they have been replaced, this time included
   */
  async unsettle(manager: EntityManager, id: string): Promise<number> {
    const [row] = await runStatement<{ replacements: number }>(
      manager,
      `WITH own AS (SELECT $1 AS own_id)
       UPDATE sessions SET unsettled_until_ms = $2, replacements = replacements + 1
       WHERE id = (SELECT own_id FROM own) RETURNING replacements`,
      [id, Date.now() + UNSETTLED_MS],
    );
    if (!row) throw new Error('A session that is not there was to be unsettled');
    return row.replacements;
  }

  /**
   * The step has come to its end.
   * @returns whether it has: not if the session has ended, or another such step has begun
   */
  async settle(manager: EntityManager, token: LiveToken): Promise<boolean> {
    const { sessionId: id, replacements, generation, expiresAtSeconds } = token;
    const { affected } = await manager.update(
      Session,
      { id, replacements, endedAtMs: IsNull() },
      { unsettledUntilMs: null, renewedAtMs: Date.now(), generation, expiresAtSeconds },
    );
    return affected === 1;
  }

  /** Which of the sessions have not been ended. */
  async openAmong(manager: EntityManager, ids: string[]): Promise<Set<string>> {
    if (ids.length === 0) return new Set();
    const open = { id: In(ids), endedAtMs: IsNull() };
    const rows = await manager.find(Session, { select: { id: true }, where: open });
    return new Set(rows.map(({ id }) => id));
  }

  /** Gives the user's sessions the new name, for instances of the version before, which read it there. */
  async rename(manager: EntityManager, userId: number, username: string): Promise<void> {
    await manager.update(Session, { userId, endedAtMs: IsNull() }, { username });
  }

  /** What an open session's row and its account's say; undefined if it is not open, or its account is gone. */
  async openSession(id: string): Promise<OpenSession | undefined> {
    const [row] = await this.database.read((manager) =>
      runStatement<OpenSessionRow>(
        manager,
        `SELECT sessions.generation, sessions.replacements, sessions.unsettled_until_ms, ${FACTS_COLUMNS}
         FROM sessions JOIN users ON users.id = sessions.user_id
         WHERE sessions.id = $1 AND sessions.ended_at_ms IS NULL`,
        [id],
      ),
    );
    if (!row) return undefined;
    const { generation, replacements, unsettled_until_ms: untilMs } = row;
    const unsettledUntilMs = untilMs === null ? null : Number(untilMs);
    return { facts: toFacts(row), generation, replacements, unsettledUntilMs };
  }

  /** Whose session this is, also if it has ended; undefined if it is not known any more. */
  async ownerOf(sessionId: string): Promise<number | undefined> {
    const select = { id: true, userId: true } as const;
    const row = await this.database.read((manager) =>
      manager.findOne(Session, { select, where: { id: sessionId } }),
    );
    return row?.userId;
  }

  /** The user's sessions that can still be renewed, newest first. */
  async list(userId: number): Promise<Session[]> {
    return this.database.read((manager) =>
      manager.find(Session, {
        where: { userId, ...this.renewable() },
        order: { createdAtMs: 'DESC', renewedAtMs: 'DESC' },
      }),
    );
  }

  private renewable() {
    return {
      endedAtMs: IsNull(),
      expiresAtSeconds: MoreThan(nowSeconds() - this.env.TOKEN_RENEW_GRACE),
      endsAtSeconds: MoreThan(nowSeconds()),
    };
  }
}
