import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { loginOutcomeOf } from '../metrics/labels.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError, ignoreUnavailable } from '../problems/errors.js';
import { AccessTokens, type IssuedToken } from './access-token.js';
import { formatMethods } from './authentication-methods.js';
import { nowSeconds } from './clock.js';
import { randomId } from '../common/random-id.js';
import { RevocationStore, type LiveToken } from './revocation-store.js';
import { SessionRows } from './session-rows.js';
import { UserDescriptions } from './user-descriptions.js';
import type { UserFacts } from './user-facts.js';

/** An account for which a session is wanted, and how that was proved. */
export interface SessionOwner {
  readonly userId: number;
  readonly username: string;
  readonly client: ClientInfo;
  /** The methods of the proof (RFC 8176). */
  readonly amr: readonly string[];
}

/** What is so of the account now; undefined if the proof of log-in no longer holds. */
type Confirm = (manager: EntityManager) => Promise<UserFacts | undefined>;

/** What a right password ends in: a session, or, for a single answer, only its event. */
@Injectable()
export class LogIn {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
    private readonly accessTokens: AccessTokens,
    private readonly store: RevocationStore,
    private readonly rows: SessionRows,
    private readonly descriptions: UserDescriptions,
    private readonly announcements: ChangeAnnouncements,
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
  async noteWithoutSession({ userId, client }: Omit<SessionOwner, 'amr'>): Promise<void> {
    await this.counted(() => this.audit.recordAlone({ type: 'login.succeeded', userId, client }));
  }

  /** Notes that a right password was not enough. @throws DomainError `service-unavailable` */
  async refuseWithoutFactor({
    userId,
    client,
  }: Omit<SessionOwner, 'amr' | 'username'>): Promise<void> {
    this.metrics.login('failed');
    await this.audit.recordAlone({ type: 'login.failed', outcome: 'failure', userId, client });
  }

  private async startSession(owner: SessionOwner, confirm: Confirm): Promise<IssuedToken> {
    const { userId, client } = owner;
    const token = this.firstToken(owner);
    const { sessionId } = token;

    // 1. The store. Any ending of the row, which comes later, also ends what the store has of it.
    await this.store.issue(token);

    // 2. The row, in the transaction in which the proof still holds, with the sessions that it ends as surplus.
    const opened = await this.database.writeFor(userId, async (manager) => {
      const facts = await confirm(manager);
      if (!facts) return undefined;
      const surplusIds = await this.rows.open(manager, {
        id: sessionId,
        userId,
        username: facts.username,
        expiresAtSeconds: token.expiresAtSeconds,
        endsAtSeconds: token.sessionEndsAtSeconds,
        generation: token.generation,
        amr: formatMethods(token.amr),
        address: client.address,
        userAgent: client.userAgent,
      });
      await this.audit.record(manager, { type: 'login.succeeded', userId, sessionId, client });
      for (const id of surplusIds) {
        await this.audit.record(manager, { type: 'session.ended', userId, sessionId: id, client });
      }
      return { facts, surplusIds };
    });
    if (!opened) {
      await this.store.endSessions(userId, [sessionId]);
      throw new DomainError('invalid-login');
    }

    // 3. The store hears of the endings, and of the user if it has not. Until then it would ask the rows.
    const told = this.descriptions.tell(userId, opened.facts);
    if (opened.surplusIds.length === 0) {
      // The log-in is done, and may have used a code up that cannot be used again.
      await told.catch(ignoreUnavailable);
    } else {
      this.metrics.revocation('session_limit');
      await told;
      await this.store.endSessions(userId, opened.surplusIds);
      await this.announcements.tell({ kind: 'sessions-ended', sessionIds: opened.surplusIds });
    }
    const { username, roles } = opened.facts;
    return this.accessTokens.issue({ ...token, username, roles });
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

  private firstToken({ userId, username, amr }: SessionOwner): LiveToken {
    const issuedAtSeconds = nowSeconds();
    const sessionEndsAtSeconds = issuedAtSeconds + this.env.SESSION_MAX_AGE;
    return {
      userId,
      username,
      roles: [],
      sessionId: randomId(),
      jti: randomId(),
      authTimeSeconds: issuedAtSeconds,
      amr,
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
