import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Outbox } from '../mail/outbox.js';
import { ChallengeRows } from './challenge-rows.js';
import { FactorRows, type Factor, type FactorUse } from './factor-rows.js';
import { RecoveryCodeRows } from './recovery-code-rows.js';
import { WrongCodes } from './wrong-codes.js';

/** Who changes the factors of an account, and from which of its sessions; an operator has none. */
interface FactorChange {
  readonly userId: number;
  readonly sessionId?: string;
  readonly client: ClientInfo;
}

/**
 * What happens to an account's factors, no matter who asks for it, with all that goes with it: its event, its mail, and
 * the end of the log-ins that are not finished. Each method is a step of a transaction of the account.
 */
@Injectable()
export class FactorChanges {
  constructor(
    private readonly factors: FactorRows,
    private readonly recoveryCodes: RecoveryCodeRows,
    private readonly challenges: ChallengeRows,
    private readonly wrongCodes: WrongCodes,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
  ) {}

  /**
   * Activates a factor with the use that confirms it.
   * @returns recovery codes, if it is the first active one of the account
   */
  async activate(
    manager: EntityManager,
    { userId, sessionId, client }: FactorChange,
    { name }: Pick<Factor, 'name'>,
    use: FactorUse,
  ): Promise<string[] | undefined> {
    const count = await this.factors.activate(manager, userId, use);
    await this.challenges.removeAll(manager, userId);
    await this.audit.record(manager, { type: 'factor.added', userId, sessionId, client });
    await this.outbox.notify(manager, {
      kind: 'factor-added',
      userId,
      details: { factorName: name },
    });
    return count === 1 ? this.recoveryCodes.renew(manager, userId) : undefined;
  }

  /** Removes active factors of the account. */
  async remove(
    manager: EntityManager,
    { userId, sessionId, client }: FactorChange,
    factors: readonly Pick<Factor, 'id' | 'name'>[],
  ): Promise<void> {
    const ids = factors.map(({ id }) => id);
    const count = await this.factors.remove(manager, userId, ids);
    await this.challenges.removeAll(manager, userId);
    if (count === 0) await this.clear(manager, userId);
    for (const { name } of factors) {
      await this.audit.record(manager, { type: 'factor.removed', userId, sessionId, client });
      await this.outbox.notify(manager, {
        kind: 'factor-removed',
        userId,
        details: { factorName: name },
      });
    }
  }

  /** Removes what an account without an active factor has left: one that was begun, recovery codes, counts of wrong codes. */
  async clear(manager: EntityManager, userId: number): Promise<void> {
    await this.factors.removeUnconfirmed(manager, userId);
    await this.recoveryCodes.removeAll(manager, userId);
    await this.wrongCodes.forget(manager, userId);
  }

  /** Gives the account ten new recovery codes, in place of those that it had. */
  async renewRecoveryCodes(manager: EntityManager, userId: number): Promise<string[]> {
    await this.outbox.notify(manager, { kind: 'recovery-codes-made', userId });
    return this.recoveryCodes.renew(manager, userId);
  }
}
