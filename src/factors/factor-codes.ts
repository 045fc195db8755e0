import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import { Database } from '../database/database.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../problems/errors.js';
import { LoginThrottle, type LoginAttempt } from '../throttling/login-throttle.js';
import { ChallengeRows } from './challenge-rows.js';
import { FactorRows, type Factor, type FactorUse } from './factor-rows.js';
import type { FactorType } from './factor-type.js';
import { RecoveryCodeRows } from './recovery-code-rows.js';
import { recoveryCodeHash } from './recovery-codes.js';
import { TotpFactors } from './totp-factors.js';
import { WrongCodes } from './wrong-codes.js';

/** A code of an account that is about to be checked. */
export type CodeAttempt = LoginAttempt & { readonly userId: number };

/** A code that was right, and is to be used up by what it allows. */
export interface CodeProof {
  readonly userId: number;
  /** Of a factor, or of the recovery code that it was. */
  readonly used: FactorUse | { readonly recoveryHash: string };
}

/** What a code is for. */
interface CodePurpose {
  /** The hash of the challenge that it answers. */
  readonly challenge?: string;
  /** The one factor that it may be of. Without it, it may be of any active one, or a recovery code. */
  readonly factorId?: string;
}

/** A code that may be of a factor that cannot be checked. It is a guess if there was another one that could be. */
interface Unchecked {
  readonly unchecked: Error;
  readonly isGuess: boolean;
}

/** How a comparison ended, beside a proof. */
type Refusal =
  'wrong' | 'challenge-invalid' | 'unknown-factor' | { readonly limitedMs: number } | Unchecked;

/** The only place where a code of a second factor is checked. */
@Injectable()
export class FactorCodes {
  private readonly types: readonly FactorType[];

  constructor(
    private readonly database: Database,
    private readonly factors: FactorRows,
    private readonly recoveryCodes: RecoveryCodeRows,
    private readonly challenges: ChallengeRows,
    private readonly wrongCodes: WrongCodes,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
    totp: TotpFactors,
  ) {
    this.types = [totp];
  }

  /**
   * Compares a code, and counts it if it is wrong: as a failed log-in, and against the limits of one-time codes. So is one
   * counted that is of no factor that could be checked: a key that is missing for one of them must not make guesses at
   * another free. A right one is not used up yet.
   * @throws DomainError `code-invalid`; `challenge-invalid` or `unknown-factor` if what it is for is not there any more;
   *   `too-many-attempts` or `service-unavailable`
   */
  async prove(attempt: CodeAttempt, code: string, purpose: CodePurpose = {}): Promise<CodeProof> {
    await this.throttle.noting(attempt, () => this.throttle.admit(attempt));
    const { userId } = attempt;
    // In one transaction of the account, beside which no other guess at it is compared.
    const result = await this.database.writeFor(userId, async (manager) => {
      const compared = await this.compare(manager, userId, code, purpose);
      if (isGuess(compared)) await this.countWrong(manager, attempt, purpose);
      return compared;
    });
    if (typeof result === 'object' && 'used' in result) return result;
    if (isGuess(result)) {
      this.metrics.codeCheck('refused');
      await this.throttle.failed(attempt);
    }
    if (result === 'wrong') throw new DomainError('code-invalid');
    if (typeof result === 'string') throw new DomainError(result);
    if ('unchecked' in result) throw result.unchecked;
    this.metrics.codeCheck('limited');
    throw new DomainError('too-many-attempts', {
      detail: 'Too many wrong codes: only a recovery code helps now',
      retryAfterSeconds: Math.ceil(result.limitedMs / 1000),
    });
  }

  /**
   * Uses a code up, in the transaction of what it allows.
   * @returns whether it counts: not if it was used meanwhile, or its factor is gone
   */
  async use(manager: EntityManager, { userId, used }: CodeProof): Promise<boolean> {
    const isUsed =
      'recoveryHash' in used
        ? await this.recoveryCodes.use(manager, userId, used.recoveryHash)
        : await this.factors.use(manager, used);
    if (isUsed) this.metrics.codeCheck('accepted');
    return isUsed;
  }

  private async compare(
    manager: EntityManager,
    userId: number,
    text: string,
    { challenge, factorId }: CodePurpose,
  ): Promise<CodeProof | Refusal> {
    if (challenge !== undefined && !(await this.challenges.live(manager, challenge))) {
      return 'challenge-invalid';
    }
    const recoveryHash = recoveryCodeHash(text);
    if (recoveryHash !== undefined && factorId === undefined) {
      const isLeft = await this.recoveryCodes.has(manager, userId, recoveryHash);
      return isLeft ? { userId, used: { recoveryHash } } : 'wrong';
    }
    const factors =
      factorId === undefined
        ? await this.factors.active(manager, userId)
        : [await this.factors.find(manager, userId, factorId)].filter(
            (found) => found !== undefined,
          );
    if (factorId !== undefined && factors.length === 0) return 'unknown-factor';
    return this.compareOneTime(manager, userId, text.replace(/\s/g, ''), factors);
  }

  private async compareOneTime(
    manager: EntityManager,
    userId: number,
    code: string,
    factors: readonly Factor[],
  ): Promise<CodeProof | Refusal> {
    const types = new Map(
      this.types.filter((type) => type.isCode(code)).map((type) => [type.name, type]),
    );
    if (types.size === 0) return 'wrong';
    const limitedMs = await this.wrongCodes.excessMs(manager, userId);
    if (limitedMs > 0) return { limitedMs };
    let unchecked: Error | undefined;
    let wasCompared = factors.length === 0;
    for (const factor of factors) {
      const used = types.get(factor.type)?.match(factor, code);
      if (used instanceof Error) unchecked = used;
      else if (used) return { userId, used };
      else wasCompared = true;
    }
    if (wasCompared) await this.wrongCodes.count(manager, userId);
    // Of what could not be checked nobody knows that it was wrong.
    return unchecked ? { unchecked, isGuess: wasCompared } : 'wrong';
  }

  private async countWrong(
    manager: EntityManager,
    { userId, sessionId, client }: CodeAttempt,
    { challenge }: CodePurpose,
  ): Promise<void> {
    if (challenge !== undefined) await this.challenges.countWrong(manager, challenge);
    const kind = { type: 'factor.failed', outcome: 'failure' } as const;
    await this.audit.record(manager, { ...kind, userId, sessionId, client });
  }
}

/** Whether a code was compared, and was wrong, as far as that is known. */
function isGuess(result: CodeProof | Refusal): boolean {
  return (
    result === 'wrong' || (typeof result === 'object' && 'isGuess' in result && result.isGuess)
  );
}
