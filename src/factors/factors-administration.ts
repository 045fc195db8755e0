import { Injectable } from '@nestjs/common';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/errors.js';
import { FactorChanges } from './factor-changes.js';
import { FactorRows, type Factor } from './factor-rows.js';
import { RecoveryCodeRows } from './recovery-code-rows.js';

/** A factor, as far as others than its owner may know it. */
type KnownFactor = Omit<Factor, 'secret'>;

/** What an operator does to the second factors of an account, for people who lost everything. */
@Injectable()
export class FactorsAdministration {
  constructor(
    private readonly database: Database,
    private readonly rows: FactorRows,
    private readonly recoveryCodes: RecoveryCodeRows,
    private readonly changes: FactorChanges,
  ) {}

  /** The active factors of an account, and how many recovery codes it has left. @throws DomainError `service-unavailable` */
  async list(userId: number): Promise<{ factors: KnownFactor[]; recoveryCodesLeft: number }> {
    const [factors, recoveryCodesLeft] = await Promise.all([
      this.rows.list(userId),
      this.recoveryCodes.count(userId),
    ]);
    return { factors, recoveryCodesLeft };
  }

  /**
   * Removes one active factor of an account, or all of them with its recovery codes. Log-ins that wait for a code are
   * void.
   * @param id of one, or `all`
   * @returns those that were removed
   * @throws DomainError `unknown-factor` or `service-unavailable`
   */
  async remove(userId: number, id: string, client: ClientInfo): Promise<KnownFactor[]> {
    return this.database.writeFor(userId, async (manager) => {
      const active = await this.rows.active(manager, userId);
      const chosen = id === 'all' ? active : active.filter((factor) => factor.id === id);
      if (id !== 'all' && chosen.length === 0) {
        throw new DomainError('unknown-factor', {
          detail: `It has no second factor with the id ${id}`,
        });
      }
      if (chosen.length > 0) await this.changes.remove(manager, { userId, client }, chosen);
      else await this.changes.clear(manager, userId);
      return chosen;
    });
  }
}
