import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError } from '../common/errors.js';
import type { RenewablePrincipal, TokenPrincipal } from '../common/principal.js';
import { Env } from '../config/env.js';
import { afterCommit } from '../database/after-commit.js';
import { Database } from '../database/database.js';
import type { RevocationCause } from '../metrics/labels.js';
import { Metrics } from '../metrics/metrics.js';
import { AccessTokens, type IssuedToken } from './access-token.js';
import { nowSeconds } from './clock.js';
import { randomId } from './random-id.js';
import { RevocationStore, type LiveToken } from './revocation-store.js';
import { SessionJournal } from './session-journal.js';
import { SessionQueries } from './session-queries.js';
import { SessionRows, type OwnedSession } from './session-rows.js';

/** An account for which a session is wanted. */
export interface SessionOwner {
  readonly userId: number;
  readonly username: string;
  readonly client: ClientInfo;
}

/**
 * Starts and ends sessions. A session's row decides whether it lives and the revocation store answers
 * the requests: the row is ended first, then the store hears of it, then the caller.
 */
@Injectable()
export class SessionService {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
    private readonly accessTokens: AccessTokens,
    private readonly store: RevocationStore,
    private readonly rows: SessionRows,
    private readonly queries: SessionQueries,
    private readonly journal: SessionJournal,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Starts a session with its first token.
   * @param confirm the account's present name, or nothing where the proof of log-in no longer holds;
   *   asked in the transaction that makes the session, so that a log-in with the old password cannot
   *   outlive a password change beside it
   * @throws DomainError `invalid-login` where it no longer holds, or `service-unavailable`
   */
  async start(
    owner: SessionOwner,
    confirm: (manager: EntityManager) => Promise<string | undefined>,
  ): Promise<IssuedToken> {
    const token = this.firstToken(owner);
    const { userId, sessionId } = token;
    // The store first: whoever ends the session's row later also ends what the store has of it.
    await this.store.issue(token);
    const opened = await this.database.writeFor(userId, async (manager) => {
      const username = await confirm(manager);
      if (username === undefined) return undefined;
      const surplusIds = await this.rows.open(manager, {
        id: sessionId,
        userId,
        username,
        renamedAtMs: username === owner.username ? null : Date.now(),
        expiresAtSeconds: token.expiresAtSeconds,
        endsAtSeconds: token.sessionEndsAtSeconds,
        generation: token.generation,
        address: owner.client.address,
        userAgent: owner.client.userAgent,
      });
      const { client } = owner;
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
    if (opened.surplusIds.length > 0) this.metrics.revocation('session_limit');
    if (opened.username !== owner.username) await this.showName(userId);
    await this.store.endSessions(userId, opened.surplusIds);
    return this.accessTokens.issue(token);
  }

  /**
   * Ends one session of the caller's.
   * @returns whether the caller had it
   * @throws DomainError `service-unavailable`; the session may then have ended
   */
  async end(principal: TokenPrincipal | RenewablePrincipal, sessionId: string): Promise<boolean> {
    const { userId, client } = principal;
    const outcome = await this.journal.end({ userId, sessionId, client });
    if (outcome === 'ended') this.metrics.revocation('logout');
    if (sessionId === principal.sessionId) principal.nextToken = undefined;
    // Also where the row had ended before: the store may not have heard of it then.
    await this.store.endSessions(userId, [sessionId]);
    return outcome !== 'unknown';
  }

  /**
   * Ends a session on behalf of somebody who is not its owner.
   * @throws DomainError `service-unavailable`; the session may then have ended
   */
  async endOf(session: OwnedSession, client: ClientInfo): Promise<void> {
    const { userId, sessionId } = session;
    await this.journal.end({ userId, sessionId, client });
    await this.store.endSessions(userId, [sessionId]);
  }

  /**
   * Ends every session of the caller's, with whatever else must happen in the same transaction.
   * @throws DomainError `service-unavailable`; the sessions may then have ended
   */
  async endAll(
    principal: TokenPrincipal,
    cause: RevocationCause,
    alongside: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    await this.endAllOf(principal.userId, async (manager) => {
      await alongside(manager);
      afterCommit(manager, () => {
        this.metrics.revocation(cause);
        principal.nextToken = undefined;
      });
    });
  }

  /**
   * Ends every session of an account, with whatever else must happen in the same transaction. Repeated
   * it also ends what the store has not heard of yet.
   * @throws DomainError `service-unavailable`; the sessions may then have ended
   */
  async endAllOf(
    userId: number,
    alongside: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    const endedIds = await this.database.writeFor(userId, async (manager) => {
      await alongside(manager);
      return this.rows.endAll(manager, userId);
    });
    await this.store.endSessions(userId, endedIds);
  }

  /**
   * Shows the account's present name in its live tokens on every instance; once more where another
   * rename came between, so that whichever is answered last shows the name that stayed.
   * @returns the name; nothing where no session is open
   * @throws DomainError `service-unavailable`
   */
  async showName(userId: number): Promise<string | undefined> {
    let username = await this.queries.nameOf(userId);
    for (let shown; username !== undefined && username !== shown;) {
      await this.store.rename(userId, username);
      shown = username;
      username = await this.queries.nameOf(userId);
    }
    return username;
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
    };
  }
}
