import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import type { RenewablePrincipal, TokenPrincipal } from '../common/principal.js';
import { afterCommit } from '../database/after-commit.js';
import { Database } from '../database/database.js';
import type { Change } from '../feed/change.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import type { RevocationCause } from '../metrics/labels.js';
import { Metrics } from '../metrics/metrics.js';
import { nowSeconds } from './clock.js';
import { RevocationStore } from './revocation-store.js';
import { SessionJournal } from './session-journal.js';
import { SessionRows, type OwnedSession } from './session-rows.js';
import { TokenCheck } from './token-check.js';
import { tokenInvalid } from './token-refusal.js';
import { TokenUse } from './token-use.js';
import { UserDescriptions } from './user-descriptions.js';

/**
 * Ends sessions. Every ending has the same order of steps: 1. the row, which decides whether a session lives, 2. the
 * store, which answers the requests, 3. the verifiers, which keep answers, 4. the answer. If the store or the verifiers
 * are not reached, the pruning job tells them later. After `service-unavailable` the session may have ended, and
 * repeating it is safe.
 */
@Injectable()
export class SessionEndings {
  constructor(
    private readonly database: Database,
    private readonly check: TokenCheck,
    private readonly use: TokenUse,
    private readonly store: RevocationStore,
    private readonly rows: SessionRows,
    private readonly journal: SessionJournal,
    private readonly descriptions: UserDescriptions,
    private readonly announcements: ChangeAnnouncements,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Log-out: ends the session of a token that could be renewed.
   * @throws DomainError `token-invalid` if it could not be, or `service-unavailable`
   */
  async logOut(principal: RenewablePrincipal): Promise<void> {
    // Found and not used up: a log-out that fails can be repeated, with single-use tokens too.
    const live = await this.store.find(principal);
    if (live && nowSeconds() >= live.sessionEndsAtSeconds) throw tokenInvalid(principal);
    if (!live) {
      // What a renewal accepts is good for a log-out, such as a token that was replaced and whose answer was lost.
      const result = await this.use.replace(principal);
      if (result.outcome === 'reused') await this.endStolen(principal);
      if (result.outcome !== 'renewed') {
        await this.finish(principal);
        throw tokenInvalid(principal);
      }
    }
    await this.endOne(principal, principal.sessionId);
  }

  /**
   * Ends one session of the caller's.
   * @returns whether the caller had it
   * @throws DomainError `service-unavailable`
   */
  async endOne(
    { userId, client }: TokenPrincipal | RenewablePrincipal,
    sessionId: string,
  ): Promise<boolean> {
    const outcome = await this.journal.end({ userId, sessionId, client });
    if (outcome === 'ended') this.metrics.revocation('logout');
    // Also if the row had ended before: the store may not have heard of it then.
    await this.store.endSessions(userId, [sessionId]);
    if (outcome !== 'unknown') await this.tellEnded([sessionId]);
    return outcome !== 'unknown';
  }

  /** Ends a session on behalf of somebody who is not its owner. @throws DomainError `service-unavailable` */
  async endOf({ userId, sessionId }: OwnedSession, client: ClientInfo): Promise<void> {
    await this.journal.end({ userId, sessionId, client });
    await this.store.endSessions(userId, [sessionId]);
    await this.tellEnded([sessionId]);
  }

  /**
   * Finishes telling of an ending that may have been cut off, for a client that repeats its request with a token that is
   * dead by now: it is not refused before every verifier has heard.
   * @throws DomainError `service-unavailable`
   */
  async finish({ userId, sessionId }: OwnedSession): Promise<void> {
    if (!(await this.announcements.areHeard()) || (await this.journal.isOpen(sessionId))) return;
    await this.descriptions.announce(userId, { kind: 'sessions-ended', sessionIds: [sessionId] });
  }

  /**
   * Ends every session of the caller's, with what else must happen in the same transaction.
   * @throws DomainError `token-invalid` if what the caller proved no longer holds, or `service-unavailable`
   */
  async endAll(
    principal: TokenPrincipal,
    cause: RevocationCause,
    alongside: (manager: EntityManager) => Promise<void>,
    tell?: (ended: Change) => Promise<void>,
  ): Promise<void> {
    const proof = await this.check.prove(principal, { isRepeatable: false });
    await this.endAllOf(
      principal.userId,
      async (manager) => {
        await this.rows.requireProof(manager, proof);
        await alongside(manager);
        afterCommit(manager, () => this.metrics.revocation(cause));
      },
      tell,
    );
  }

  /**
   * Ends every session of an account, with what else must happen in the same transaction. Repeated
   * it also ends what the store has not heard of yet.
   * @param tell tells of it, together with what else has changed
   * @throws DomainError `service-unavailable`
   */
  async endAllOf(
    userId: number,
    alongside: (manager: EntityManager) => Promise<void>,
    tell = (ended: Change) => this.announcements.tell(ended),
  ): Promise<void> {
    const endedIds = await this.database.writeFor(userId, async (manager) => {
      await alongside(manager);
      return this.rows.endAll(manager, userId);
    });
    await this.store.endSessions(userId, endedIds);
    await tell({ kind: 'sessions-ended', sessionIds: endedIds });
  }

  /**
   * Goes on where a transaction has marked sessions of an account as ended (`SessionRows.endAll`).
   * @throws DomainError `service-unavailable`
   */
  async finishAll(userId: number, endedIds: readonly string[]): Promise<void> {
    await this.store.endSessions(userId, [...endedIds]);
    await this.tellEnded(endedIds);
  }

  /**
   * Ends the session of a token that was used after it was replaced. However many uses come at once, one ends
   * it, and each is answered after its end.
   * @throws DomainError `service-unavailable`
   */
  async endStolen({ userId, sessionId, client }: RenewablePrincipal): Promise<void> {
    // Reading first spares all but a few of many the transaction.
    if (await this.journal.isOpen(sessionId)) {
      await this.database.write(async (manager) => {
        const ended = await this.rows.end(manager, [{ userId, sessionId }]);
        if (ended.length === 0) return;
        const event = { type: 'token.reuse_detected', outcome: 'failure' } as const;
        await this.audit.record(manager, { ...event, userId, sessionId, client });
        afterCommit(manager, () => {
          this.metrics.tokenReuse();
          this.metrics.revocation('token_reuse');
        });
      });
    }
    await this.store.endSessions(userId, [sessionId]);
    await this.announcements.tell({ kind: 'session-stolen', sessionId });
  }

  private tellEnded(sessionIds: readonly string[]): Promise<void> {
    return this.announcements.tell({ kind: 'sessions-ended', sessionIds });
  }
}
