import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { runStatement } from '../database/statements.js';
import { Outbox } from '../mail/outbox.js';
import { UserIds } from './user-ids.js';
import { User } from './user.entity.js';

/** Who changes an account, and from which of its sessions; an operator has none. */
export interface AccountChange {
  readonly userId: number;
  readonly sessionId?: string;
  readonly client: ClientInfo;
}

/**
 * What happens to an account's row, no matter who asks for it, with its event. Each method is to be called in a
 * transaction, which also ends the sessions that it has to.
 */
@Injectable()
export class AccountRows {
  constructor(
    private readonly ids: UserIds,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
  ) {}

  /**
   * Sets the hash of a new password. The proofs of the old one no longer hold, and a mail tells the owner.
   * @returns whether there is such an account
   */
  async setPasswordHash(
    manager: EntityManager,
    { userId, sessionId, client }: AccountChange,
    passwordHash: string,
    type: 'password.changed' | 'password.reset' = 'password.changed',
  ): Promise<boolean> {
    const [user] = await runStatement<{ username: string }>(
      manager,
      `WITH own AS (SELECT id FROM users WHERE id = $1)
       UPDATE users SET password_hash = $2, credential_version = credential_version + 1
       WHERE id IN (SELECT id FROM own) RETURNING username`,
      [userId, passwordHash],
    );
    if (!user) return false;
    await this.audit.record(manager, { type, userId, sessionId, client });
    await this.outbox.notify(manager, { kind: 'password-changed', userId, details: user });
    return true;
  }

  /**
   * Deletes the account, and keeps its id from being given to another for good.
   * @returns whether there was such an account
   */
  async delete(
    manager: EntityManager,
    { userId, sessionId, client }: AccountChange,
  ): Promise<boolean> {
    const { affected } = await manager.delete(User, { id: userId });
    if (affected !== 1) return false;
    await this.ids.keep(manager, userId);
    await this.audit.record(manager, { type: 'account.deleted', userId, sessionId, client });
    return true;
  }
}
