import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { loginOutcomeOf } from '../metrics/labels.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../problems/errors.js';
import { AccessTokens, type IssuedToken } from './access-token.js';
import { nowSeconds } from './clock.js';
import { randomId } from './random-id.js';
import { RevocationStore, type LiveToken } from './revocation-store.js';
import { SessionNames } from './session-names.js';
import { SessionRows } from './session-rows.js';

/** An account for which a session is wanted. */
export interface SessionOwner {
  readonly userId: number;
  readonly username: string;
  readonly client: ClientInfo;
}

/** The account's present name; undefined if the proof of log-in no longer holds. */
type Confirm = (manager: EntityManager) => Promise<string | undefined>;

/** What a right password ends in: a session, or, for a single answer, only its event. */
@Injectable()
export class LogIn {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
    private readonly accessTokens: AccessTokens,
    private readonly store: RevocationStore,
    private readonly rows: SessionRows,
    private readonly names: SessionNames,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Starts a session with its first token.
   * @param confirm asked in the transaction that makes the session, so that a log-in with the old password
   *   cannot outlive a password change beside it
   * @throws DomainError `invalid-login` if it no longer holds, or `service-unavailable`
   */
  async start(owner: SessionOwner, confirm: Confirm): Promise<IssuedToken> {
    return this.counted(() => this.startSession(owner, confirm));
  }

  /** Notes a log-in for a single answer. @throws DomainError `service-unavailable` */
  async noteWithoutSession({ userId, client }: SessionOwner): Promise<void> {
    await this.counted(() => this.audit.recordAlone({ type: 'login.succeeded', userId, client }));
  }

  private async startSession(owner: SessionOwner, confirm: Confirm): Promise<IssuedToken> {
    const { userId, client } = owner;
    const token = this.firstToken(owner);
    const { sessionId } = token;

    // 1. The store. Any ending of the row, which comes later, also ends what the store has of it.
    const shownName = await this.store.issue(token);

    // 2. The row, in the transaction in which the proof still holds, with the sessions that it ends as surplus.
    const opened = await this.database.writeFor(userId, async (manager) => {
      const username = await confirm(manager);
      if (username === undefined) return undefined;
      const surplusIds = await this.rows.open(manager, {
        id: sessionId,
        userId,
        username,
        renamedAtMs: username === shownName ? null : Date.now(),
        expiresAtSeconds: token.expiresAtSeconds,
        endsAtSeconds: token.sessionEndsAtSeconds,
        generation: token.generation,
        address: client.address,
        userAgent: client.userAgent,
      });
      await this.audit.record(manager, { type: 'login.succeeded', userId, sessionId, client });
      for (const id of surplusIds) {
        await this.audit.record(manager, { type: 'session.ended', userId, sessionId: id, client });
      }
      return { username, surplusIds };
    });
    if (!opened) {
      await this.store.endSessions(userId, [sessionId]);
      throw new DomainError('invalid-login');
    }

    // 3. The store hears of the endings and of a new name.
    if (opened.surplusIds.length > 0) this.metrics.revocation('session_limit');
    if (opened.username !== shownName) await this.names.show(userId);
    await this.store.endSessions(userId, opened.surplusIds);
    return this.accessTokens.issue(token);
  }

  /** Counts a log-in whose password was right by how its last step ends. */
  private async counted<T>(finish: () => Promise<T>): Promise<T> {
    try {
      const result = await finish();
      this.metrics.login('succeeded');
      return result;
    } catch (error) {
      this.metrics.login(loginOutcomeOf(error));
      throw error;
    }
  }

  private firstToken({ userId, username }: SessionOwner): LiveToken {
    const issuedAtSeconds = nowSeconds();
    const sessionEndsAtSeconds = issuedAtSeconds + this.env.SESSION_MAX_AGE;
    return {
      userId,
      username,
      sessionId: randomId(),
      jti: randomId(),
      authTimeSeconds: issuedAtSeconds,
      issuedAtSeconds,
      expiresAtSeconds: Math.min(issuedAtSeconds + this.env.TOKEN_TTL, sessionEndsAtSeconds),
      sessionEndsAtSeconds,
      newest: true,
      generation: 0,
      replacements: 0,
      restartJti: null,
      restartedAtSeconds: null,
      replaces: null,
      presented: false,
      followed: false,
    };
  }
}
