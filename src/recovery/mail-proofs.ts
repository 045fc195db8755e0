import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { SecretMailKind } from '../mail/mail-kinds.js';
import { MailSecrets, type PresentedSecret, type ProvedMail } from '../mail/mail-secrets.js';
import { DomainError, ignoreUnavailable, type ProblemCode } from '../problems/errors.js';
import { LoginThrottle, type LoginAttempt } from '../throttling/login-throttle.js';

/** What a secret that does not prove anything is answered. */
const REFUSALS = {
  'verify-address': 'code-invalid',
  'reset-password': 'reset-invalid',
} as const satisfies Record<SecretMailKind, ProblemCode>;

/** Uses a secret up, in the transaction of what it allows. */
type UseUp = (manager: EntityManager) => Promise<void>;

/** Proves the secrets of mails under the limits of log-ins: a wrong one is a failed log-in. */
@Injectable()
export class MailProofs {
  constructor(
    private readonly secrets: MailSecrets,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
  ) {}

  /**
   * Does what a right secret allows. If that fails, the try of its code is given back.
   * @param attempt as whose failed log-in a wrong secret counts; if it names a user, mails of others are wrong
   * @param allow what it allows: `useUp` has to be a part of its transaction
   * @throws DomainError `code-invalid` or `reset-invalid` if the secret is wrong, or was used up meanwhile;
   *   `too-many-attempts` or `service-unavailable`; and what `allow` throws
   */
  async spend(
    kind: SecretMailKind,
    secret: PresentedSecret,
    attempt: LoginAttempt,
    allow: (mail: ProvedMail, useUp: UseUp) => Promise<void>,
  ): Promise<void> {
    await this.throttle.noting(attempt, () => this.throttle.admit(attempt));
    const mail = await this.secrets.prove(kind, secret);
    if (!mail || (attempt.userId !== null && attempt.userId !== mail.userId)) {
      await this.noteFailure(attempt);
      throw new DomainError(REFUSALS[kind]);
    }
    try {
      await allow(mail, async (manager) => {
        if (!(await this.secrets.use(manager, mail))) throw new DomainError(REFUSALS[kind]);
      });
    } catch (error) {
      await this.secrets.giveBack(mail).catch(ignoreUnavailable);
      throw error;
    }
  }

  private async noteFailure(attempt: LoginAttempt): Promise<void> {
    await this.throttle.failed(attempt);
    const { userId, sessionId, client } = attempt;
    const kind = { type: 'login.failed', outcome: 'failure' } as const;
    await this.audit.recordAlone({ ...kind, userId, sessionId, client });
  }
}
