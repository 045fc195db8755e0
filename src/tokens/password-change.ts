import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TokenPrincipal } from '../common/principal.js';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { ignoreUnavailable } from '../problems/errors.js';
import { AccessTokens, type TokenToUse } from './access-token.js';
import { RevocationStore } from './revocation-store.js';
import { SessionRows } from './session-rows.js';
import { newSuccessor } from './successor.js';
import { tokenInvalid } from './token-refusal.js';
import { TokenUse } from './token-use.js';

/** What a transaction has written before the tokens of a session are replaced in the store. */
export interface BegunPasswordChange {
  readonly replacements: number;
  readonly endedIds: string[];
}

/**
 * What a new password does to tokens: every other session of the account ends, and in the caller's every token dies but
 * a fresh one. It begins in the transaction that writes the password, and is finished after it.
 */
@Injectable()
export class PasswordChange {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
    private readonly accessTokens: AccessTokens,
    private readonly use: TokenUse,
    private readonly store: RevocationStore,
    private readonly rows: SessionRows,
    private readonly announcements: ChangeAnnouncements,
  ) {}

  /**
   * 1. The rows. Old tokens must not outlive a new password, also if the store is not reached any more: the caller's
   * session ends by itself soon, unless `finish` settles it.
   */
  async begin(
    manager: EntityManager,
    { userId, sessionId }: TokenPrincipal,
  ): Promise<BegunPasswordChange> {
    const replacements = await this.rows.unsettle(manager, sessionId);
    const endedIds = await this.rows.endAll(manager, userId, sessionId);
    return { replacements, endedIds };
  }

  /**
   * @throws DomainError `token-invalid` if the session has ended or its tokens were replaced again, or
   *   `service-unavailable`: the pruning job then settles the session, or ends it
   */
  async finish(
    principal: TokenPrincipal,
    { replacements, endedIds }: BegunPasswordChange,
  ): Promise<TokenToUse> {
    // 2. The store.
    await this.store.endSessions(principal.userId, endedIds);
    const next = await this.store.replaceTokens(principal, newSuccessor(this.env), replacements);
    if (!next) throw tokenInvalid(principal);

    // 3. The verifiers, which keep answers about the old tokens.
    await this.announcements.tell(
      { kind: 'sessions-ended', sessionIds: endedIds },
      { kind: 'tokens-replaced', sessionId: principal.sessionId },
    );

    // 4. The row again. A database that takes no writes leaves it to the pruning job to settle the session.
    const isSettled = await this.database
      .write((manager) => this.rows.settle(manager, next))
      .catch((error: unknown) => {
        ignoreUnavailable(error);
        return true;
      });
    if (!isSettled) throw tokenInvalid(principal);
    return this.accessTokens.hand(next, this.use.isSingle);
  }
}
