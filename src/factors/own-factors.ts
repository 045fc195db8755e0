import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TokenPrincipal } from '../common/principal.js';
import { afterCommit } from '../database/after-commit.js';
import { Database } from '../database/database.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError, invalidField } from '../problems/errors.js';
import { randomId } from '../common/random-id.js';
import { SessionEndings } from '../tokens/session-endings.js';
import { SessionRows } from '../tokens/session-rows.js';
import { TokenCheck } from '../tokens/token-check.js';
import { CurrentPassword } from '../users/current-password.js';
import { FactorChanges } from './factor-changes.js';
import { attemptOf, FactorCheck } from './factor-check.js';
import { FactorCodes } from './factor-codes.js';
import { FactorRows } from './factor-rows.js';
import type { BegunFactor } from './factor-type.js';
import { TotpFactors } from './totp-factors.js';
import { WrongCodes } from './wrong-codes.js';

/** What a person wants to add, and proves for it. */
interface WantedFactor {
  readonly name: string;
  readonly currentPassword: string | undefined;
  readonly code: string | undefined;
}

/** What people do to the second factors of their own account. */
@Injectable()
export class OwnFactors {
  constructor(
    private readonly database: Database,
    private readonly tokens: TokenCheck,
    private readonly sessions: SessionRows,
    private readonly endings: SessionEndings,
    private readonly currentPassword: CurrentPassword,
    private readonly check: FactorCheck,
    private readonly codes: FactorCodes,
    private readonly rows: FactorRows,
    private readonly changes: FactorChanges,
    private readonly wrongCodes: WrongCodes,
    private readonly totp: TotpFactors,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Begins a factor, which counts once `confirm` was called, within an hour and before another is begun.
   * @throws DomainError `validation-failed` if this service cannot encrypt its secret, or the password or the code is
   *   wrong or missing; `code-invalid`; `too-many-factors`; `token-invalid` if what the caller proved no longer holds;
   *   `too-many-attempts`, `overloaded` or `service-unavailable`
   */
  async begin(
    principal: TokenPrincipal,
    { name, currentPassword, code }: WantedFactor,
  ): Promise<{ readonly id: string; readonly told: BegunFactor['told'] }> {
    if (!this.totp.isOffered) {
      throw invalidField(
        'type',
        'cannot be added here: the operator of the service has to set DATA_KEY',
      );
    }
    const proof = await this.tokens.prove(principal, { isRepeatable: false });
    await this.currentPassword.requireAlways(principal, currentPassword, 'to add a second factor');
    const codeProof = await this.check.prove(principal, code, 'to add another second factor');

    const { userId, username } = principal;
    const id = randomId();
    const { kept, told } = this.totp.begin({ factorId: id, userId, username });
    await this.database.writeFor(userId, async (manager) => {
      // The session may have ended, or the password changed, while it was hashed.
      await this.sessions.requireProof(manager, proof);
      await this.check.use(manager, codeProof);
      // Without an active factor there is none to guess at: what was typed wrong before keeps nobody from adding one.
      if (!('used' in codeProof)) await this.wrongCodes.forget(manager, userId);
      const createdAtMs = Date.now();
      await this.rows.add(manager, { id, userId, type: 'totp', name, secret: kept, createdAtMs });
    });
    return { id, told };
  }

  /**
   * Activates a factor with a code of its own. The first one ends the account's other sessions, which nobody proved
   * with it.
   * @returns recovery codes, if it is the first one; they are told this once
   * @throws DomainError `unknown-factor`, `code-invalid`, `token-invalid`, `too-many-attempts` or `service-unavailable`:
   *   then it may be active, and other recovery codes can be made
   */
  async confirm(
    principal: TokenPrincipal,
    factorId: string,
    code: string,
  ): Promise<string[] | undefined> {
    const { userId, sessionId } = principal;
    const proof = await this.tokens.prove(principal, { isRepeatable: false });
    const { used } = await this.codes.prove(attemptOf(principal), code, { factorId });
    if ('recoveryHash' in used) throw new DomainError('code-invalid');

    const { recoveryCodes, endedIds } = await this.database.writeFor(userId, async (manager) => {
      await this.sessions.requireProof(manager, proof);
      const factor = await this.rows.find(manager, userId, factorId);
      if (!factor) throw new DomainError('unknown-factor');
      await this.check.use(manager, { userId, used });
      // It is active if its owner repeats this, because the answer was lost. The store may not have heard then.
      if (factor.activatedAtMs !== null) {
        return { endedIds: await this.sessions.ended(manager, userId) };
      }
      const made = await this.changes.activate(manager, principal, factor, used);
      if (!made) return { endedIds: [] };
      afterCommit(manager, () => this.metrics.revocation('second_factor'));
      return {
        recoveryCodes: made,
        endedIds: await this.sessions.endAll(manager, userId, sessionId),
      };
    });
    await this.endings.finishAll(userId, endedIds);
    return recoveryCodes;
  }

  /**
   * Removes an active factor.
   * @throws DomainError `unknown-factor`, `code-invalid`, `token-invalid`, `too-many-attempts` or `service-unavailable`
   */
  async remove(principal: TokenPrincipal, factorId: string, code: string): Promise<void> {
    const factors = await this.rows.list(principal.userId);
    const factor = factors.find(({ id }) => id === factorId);
    if (!factor) throw new DomainError('unknown-factor');
    await this.withCode(principal, code, async (manager) => {
      const present = await this.rows.active(manager, principal.userId);
      if (!present.some(({ id }) => id === factorId)) throw new DomainError('unknown-factor');
      await this.changes.remove(manager, principal, [factor]);
    });
  }

  /**
   * Makes ten recovery codes, in place of those that the account had.
   * @throws DomainError `unknown-factor` if it has no factor, `code-invalid`, `token-invalid`, `too-many-attempts` or
   *   `service-unavailable`
   */
  async renewRecoveryCodes(principal: TokenPrincipal, code: string): Promise<string[]> {
    const { userId } = principal;
    if ((await this.database.read((manager) => this.rows.count(manager, userId))) === 0) {
      throw new DomainError('unknown-factor', { detail: 'You have no second factor' });
    }
    return this.withCode(principal, code, (manager) =>
      this.changes.renewRecoveryCodes(manager, userId),
    );
  }

  /** Does what needs a code, and uses it up, in one transaction. */
  private async withCode<T>(
    principal: TokenPrincipal,
    code: string,
    work: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const proof = await this.tokens.prove(principal, { isRepeatable: false });
    const codeProof = await this.codes.prove(attemptOf(principal), code);
    return this.database.writeFor(principal.userId, async (manager) => {
      await this.sessions.requireProof(manager, proof);
      await this.check.use(manager, codeProof);
      return work(manager);
    });
  }
}
