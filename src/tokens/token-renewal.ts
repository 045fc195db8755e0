import { Injectable } from '@nestjs/common';
import type { RenewablePrincipal, TokenPrincipal } from '../common/principal.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { Metrics } from '../metrics/metrics.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { AccessTokens, type IssuedToken, type TokenToUse } from './access-token.js';
import { nowSeconds } from './clock.js';
import { isPastHalfLife } from './renewal-rules.js';
import { RevocationStore } from './revocation-store.js';
import { SessionEndings } from './session-endings.js';
import { SessionJournal } from './session-journal.js';
import { tokenInvalid } from './token-refusal.js';
import { TokenUse } from './token-use.js';

/** Gives a client the token to use next. */
@Injectable()
export class TokenRenewal {
  constructor(
    private readonly accessTokens: AccessTokens,
    private readonly use: TokenUse,
    private readonly store: RevocationStore,
    private readonly journal: SessionJournal,
    private readonly endings: SessionEndings,
    private readonly announcements: ChangeAnnouncements,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Hard renewal: the presented token dies for the next one. If it was replaced before, and a token that followed it
   * was used, it is taken as stolen, and its session ends (RFC 9700 §4.14.2).
   * @throws DomainError `token-invalid` or `service-unavailable`; repeating it is safe
   */
  async renew(principal: RenewablePrincipal): Promise<TokenToUse> {
    const { userId, sessionId, client } = principal;

    // 1. The row. A store in another place cannot take its step back, so a database that takes no writes is met
    //    before it. The row also ends what a store that went back in time believes to be live.
    const isOpen = this.store.isApart
      ? await this.journal.beginRenewal(sessionId)
      : await this.journal.isOpen(sessionId);
    if (!isOpen) {
      await this.store.endSessions(userId, [sessionId]);
      throw tokenInvalid(principal);
    }

    // 2. The store's step.
    const result = await this.use.replace(principal);
    if (result.outcome === 'reused') await this.endings.endStolen(principal);
    if (result.outcome !== 'renewed') throw tokenInvalid(principal);
    const { token, fresh } = result;

    // 3. The verifiers, whose answers about the replaced token said that it lives longer.
    await this.announcements.tell({ kind: 'renewed-hard', sessionId });

    // 4. The row again, for the generation of its tokens. A repeated answer notes it too: the instance that made the
    //    token may have died before it did. The token is made, and a failure must not keep it from its client.
    const isNeeded = isPastHalfLife(principal, nowSeconds());
    const event = fresh ? (isNeeded ? 'told' : 'seldom') : 'untold';
    await this.journal.noteRenewal({ token, event, client }).catch(ignoreUnavailable);

    if (fresh) this.metrics.renewal('hard');
    return this.accessTokens.hand(token, this.use.isSingle);
  }

  /**
   * Soft renewal: the caller's own token while it has plenty of life left, a fresh one once it has not, or at any age
   * (`next`). Its own stays live, so a renewal that a store keeps from happening is skipped.
   * @throws DomainError `token-invalid` if the session has ended meanwhile
   */
  async next(principal: TokenPrincipal, kind: 'soft' | 'next' = 'soft'): Promise<IssuedToken> {
    const { token: own, client } = principal;
    try {
      const result = await this.use.findNext(principal, kind);
      if (result?.outcome === 'renewed') {
        const { token, fresh } = result;
        if (fresh) {
          const event = isPastHalfLife(own, nowSeconds()) ? 'told' : 'seldom';
          await this.journal.noteRenewal({ token, event, client });
          this.metrics.renewal('soft');
        }
        return this.accessTokens.issue(token);
      }
      if (result) throw tokenInvalid(principal);
    } catch (error) {
      ignoreUnavailable(error);
    }
    return { token: own.text, duration: own.expiresAtSeconds - nowSeconds() };
  }
}
