import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError, isUnavailable } from '../common/errors.js';
import type { RenewablePrincipal, TokenPrincipal } from '../common/principal.js';
import type { TokenSubject } from '../common/security-log.js';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { Metrics } from '../metrics/metrics.js';
import { AccessTokens, type AccessTokenClaims, type IssuedToken } from './access-token.js';
import { nowSeconds } from './clock.js';
import { randomId } from './random-id.js';
import { isPastHalfLife } from './renewal-rules.js';
import {
  RevocationStore,
  type LiveToken,
  type Successor,
  type TokenReference,
} from './revocation-store.js';
import { SessionJournal } from './session-journal.js';
import { SessionRows } from './session-rows.js';
import { SessionService } from './session.service.js';

/** Checks, renews and revokes the tokens of a session. */
@Injectable()
export class TokenService {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
    private readonly accessTokens: AccessTokens,
    private readonly store: RevocationStore,
    private readonly sessions: SessionService,
    private readonly rows: SessionRows,
    private readonly journal: SessionJournal,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The check of every request with a token: ours, not expired, and live at this moment. In single-use
   * mode the token is used up by it.
   * @throws DomainError `token-invalid`, or `service-unavailable` when the store cannot say
   */
  async authenticate(text: string, client: ClientInfo): Promise<TokenPrincipal> {
    const reference = referenceOf(this.accessTokens.verify(text));
    if (!this.env.TOKEN_SINGLE_USE) {
      const live = await this.store.find(reference);
      if (!live) throw invalid(reference);
      return tokenPrincipal(live, text, client);
    }
    const next = await this.consume(reference);
    // A session that ended beside this request has no next token to give.
    await this.noteRenewal(next).catch(ignoreUnavailable);
    const nextToken = this.accessTokens.sign(next);
    return { ...tokenPrincipal(next, nextToken, client), nextToken };
  }

  /**
   * Whose token this is, also where it expired less than `TOKEN_RENEW_GRACE` ago. Renewal and log-out
   * alone take it, and prove it live in the step that acts on it.
   * @throws DomainError `token-invalid`
   */
  recognise(text: string, client: ClientInfo): RenewablePrincipal {
    const claims = this.accessTokens.verify(text, this.env.TOKEN_RENEW_GRACE);
    return { kind: 'renewable', client, ...referenceOf(claims) };
  }

  /**
   * The token to use next: the caller's own while it has plenty of life left, a fresh one once it has
   * not (soft renewal). A renewal that a store keeps from happening is skipped.
   * @throws DomainError `token-invalid` where the session has ended meanwhile
   */
  async next(principal: TokenPrincipal): Promise<IssuedToken> {
    const { token, client, userId, sessionId } = principal;
    const own = { token: token.text, duration: token.expiresAtSeconds - nowSeconds() };
    const isFresh = token.newest && !isPastHalfLife(token, nowSeconds());
    if (principal.nextToken || isFresh) return own;
    const beganMs = Date.now();
    try {
      const reference = { userId, sessionId, jti: token.jti };
      const result = await this.store.renew(reference, this.successor(), { kind: 'soft' });
      if (result.outcome !== 'renewed') throw invalid(principal);
      if (result.fresh) {
        await this.noteRenewal(result.token, { beganMs, client });
        this.metrics.renewal('soft');
      }
      return this.accessTokens.issue(result.token);
    } catch (error) {
      ignoreUnavailable(error);
      return own;
    }
  }

  /**
   * Hard renewal. A token that was renewed before and has died since is taken as stolen, and its
   * session ends (RFC 9700 §4.14.2).
   * @throws DomainError `token-invalid`, or `service-unavailable`
   */
  async renew(principal: RenewablePrincipal): Promise<IssuedToken> {
    const { userId, sessionId } = principal;
    const beganMs = Date.now();
    // Before the store begins what only the row can finish: an outage of the database must not make the
    // client's next attempt look like a reuse.
    if (!(await this.journal.isOpen(sessionId))) {
      await this.store.endSessions(userId, [sessionId]);
      throw invalid(principal);
    }
    if (this.env.TOKEN_SINGLE_USE) {
      const next = await this.consume(principal);
      principal.nextToken = this.accessTokens.sign(next);
      await this.noteRenewal(next, { beganMs, client: principal.client });
      this.metrics.renewal('hard');
      return this.accessTokens.issue(next);
    }
    const result = await this.store.renew(principal, this.successor(), {
      kind: 'hard',
      reuseIntervalSeconds: this.env.TOKEN_REUSE_INTERVAL,
    });
    if (result.outcome === 'reused') await this.endStolen(principal);
    if (result.outcome !== 'renewed') throw invalid(principal);
    // A repeated answer notes it too: the instance that made the token may have died before it did.
    const client = result.fresh ? principal.client : undefined;
    await this.noteRenewal(result.token, { beganMs, client });
    if (result.fresh) this.metrics.renewal('hard');
    return this.accessTokens.issue(result.token);
  }

  /**
   * Ends the session of a token that could be renewed.
   * @throws DomainError `token-invalid` where it could not be, or `service-unavailable`
   */
  async logout(principal: RenewablePrincipal): Promise<void> {
    const live = this.env.TOKEN_SINGLE_USE
      ? await this.consume(principal)
      : await this.store.find(principal);
    if (!live || nowSeconds() >= live.sessionEndsAtSeconds) throw invalid(principal);
    await this.sessions.end(principal, principal.sessionId);
  }

  /**
   * Kills every token of the caller's session and of those others, gives it a fresh one, and settles it.
   * @param endedIds sessions of the caller whose rows say that they have ended
   * @throws DomainError `token-invalid` where that session has ended, or `service-unavailable`
   */
  async replaceTokens(principal: TokenPrincipal, endedIds: string[]): Promise<IssuedToken> {
    const beganMs = Date.now();
    principal.nextToken = undefined;
    await this.store.endSessions(principal.userId, endedIds);
    const next = await this.store.replaceTokens(principal, this.successor());
    if (!next) throw invalid(principal);
    const issued = this.accessTokens.issue(next);
    if (this.env.TOKEN_SINGLE_USE) principal.nextToken = issued.token;
    await this.noteRenewal(next, { beganMs });
    await this.database.write((manager) => this.rows.settle(manager, next.sessionId));
    return issued;
  }

  private async consume(reference: TokenReference): Promise<LiveToken> {
    const next = await this.store.consume(reference, this.successor());
    if (!next) throw invalid(reference);
    return next;
  }

  /**
   * Writes a renewal to the session's row, and as an event where `client` made a new token. Where the
   * session has ended, the store hears of it.
   * @throws DomainError `token-invalid` where it has ended; not where it ended beside a renewal that had
   *   begun by then, which happened, of a token that is dead already
   */
  private async noteRenewal(
    token: LiveToken,
    { beganMs, client }: { beganMs?: number; client?: ClientInfo | undefined } = {},
  ): Promise<void> {
    const { userId, sessionId } = token;
    const session = await this.journal.noteRenewal({ token, beganMs, client });
    if (session === 'open') return;
    await this.store.endSessions(userId, [sessionId]);
    if (session === 'ended') throw invalid(token);
  }

  /** Of any number of reuses at once one ends the session, and each is answered after its end. */
  private async endStolen(principal: RenewablePrincipal): Promise<void> {
    const { userId, sessionId } = principal;
    // Reading first spares all but a few of many the transaction.
    if (await this.journal.isOpen(sessionId)) {
      await this.endStolenRow(principal);
    }
    await this.store.endSessions(userId, [sessionId]);
  }

  private async endStolenRow({ userId, sessionId, client }: RenewablePrincipal): Promise<void> {
    const isEnded = await this.database.write(async (manager) => {
      const ended = await this.rows.end(manager, [{ userId, sessionId }]);
      const event = { type: 'token.reuse_detected', outcome: 'failure' } as const;
      if (ended.length > 0) {
        await this.audit.record(manager, { ...event, userId, sessionId, client });
      }
      return ended.length > 0;
    });
    if (!isEnded) return;
    this.metrics.tokenReuse();
    this.metrics.revocation('token_reuse');
  }

  private successor(): Successor {
    return {
      jti: randomId(),
      issuedAtSeconds: nowSeconds(),
      lifetimeSeconds: this.env.TOKEN_TTL,
    };
  }
}

/** The refusal of a token of ours, with whose it is for the log. */
function invalid({ userId, sessionId }: TokenSubject): DomainError {
  return new DomainError('token-invalid', { subject: { userId, sessionId } });
}

function referenceOf({ sub, sid, jti }: AccessTokenClaims): TokenReference {
  return { userId: Number(sub), sessionId: sid, jti };
}

function tokenPrincipal(live: LiveToken, text: string, client: ClientInfo): TokenPrincipal {
  const { userId, username, sessionId, jti, issuedAtSeconds, expiresAtSeconds, newest } = live;
  const token = { jti, text, issuedAtSeconds, expiresAtSeconds, newest };
  return { kind: 'token', client, userId, username, sessionId, token };
}

function ignoreUnavailable(error: unknown): void {
  if (!isUnavailable(error)) throw error;
}
