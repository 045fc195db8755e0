import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { TokenPrincipal } from '../common/principal.js';
import { Database } from '../database/database.js';
import { DomainError, invalidField } from '../problems/errors.js';
import { FactorCodes, type CodeAttempt, type CodeProof } from './factor-codes.js';
import { FactorRows } from './factor-rows.js';

/** A code that was right, or that there was no factor to have one of. */
export type FactorProof = CodeProof | { readonly userId: number; readonly purpose: string };

/** Proves, for what a token and a password alone must not do, that the caller has a second factor of the account. */
@Injectable()
export class FactorCheck {
  constructor(
    private readonly database: Database,
    private readonly rows: FactorRows,
    private readonly codes: FactorCodes,
  ) {}

  /**
   * Finds that the account has no active factor, or that this is a right code: one of TOTP, or a recovery code. It is used
   * up by `use`, in the transaction of what it allows: so it stays good if that fails. A wrong one counts as a failed
   * log-in, and towards the limits of wrong codes.
   * @param purpose completes the sentence 'code is needed …'
   * @returns what `use` takes
   * @throws DomainError `validation-failed` if a code is needed and missing, `code-invalid`, `token-invalid` if the
   *   account is gone, `too-many-attempts` or `service-unavailable`
   */
  async prove(
    principal: TokenPrincipal,
    code: string | undefined,
    purpose: string,
  ): Promise<FactorProof> {
    const count = await this.database.read((manager) => this.rows.count(manager, principal.userId));
    if (count === undefined) throw new DomainError('token-invalid');
    if (count === 0) return { userId: principal.userId, purpose };
    if (code === undefined) throw codeNeeded(purpose);
    return this.codes.prove(attemptOf(principal), code);
  }

  /**
   * Uses up what `prove` found.
   * @throws DomainError `code-invalid` if it was used meanwhile, `validation-failed` if a factor became active since none was
   */
  async use(manager: EntityManager, proof: FactorProof): Promise<void> {
    if ('used' in proof) {
      if (!(await this.codes.use(manager, proof))) throw new DomainError('code-invalid');
    } else if (await this.rows.count(manager, proof.userId)) {
      throw codeNeeded(proof.purpose);
    }
  }
}

function codeNeeded(purpose: string): DomainError {
  return invalidField('code', `is needed ${purpose}`);
}

/** A code that comes with a token. */
export function attemptOf(principal: TokenPrincipal): CodeAttempt {
  const { username, userId, sessionId, client } = principal;
  return { username, userId, sessionId, client };
}
