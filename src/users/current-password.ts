import { Injectable } from '@nestjs/common';
import type { TokenPrincipal } from '../common/principal.js';
import { Env } from '../config/env.js';
import { invalidField } from '../problems/errors.js';
import { CredentialsService } from './credentials.service.js';

/** Proves again, for what a stolen token alone must not do, that the caller knows the password of the account. */
@Injectable()
export class CurrentPassword {
  constructor(
    private readonly env: Env,
    private readonly credentials: CredentialsService,
  ) {}

  /**
   * A wrong one counts as a failed log-in. Without one it resolves where `PASSWORD_CHANGE_REQUIRES_CURRENT` is false.
   * @param purpose completes the sentence 'current_password is needed …'
   * @throws DomainError `validation-failed`, `token-invalid` if the account is gone, `too-many-attempts`, `overloaded` or
   *   `service-unavailable`
   */
  async require(
    principal: TokenPrincipal,
    current: string | undefined,
    purpose: string,
  ): Promise<void> {
    if (current === undefined && !this.env.PASSWORD_CHANGE_REQUIRES_CURRENT) return;
    await this.requireAlways(principal, current, purpose);
  }

  /** The same, whatever `PASSWORD_CHANGE_REQUIRES_CURRENT` says. */
  async requireAlways(
    principal: TokenPrincipal,
    current: string | undefined,
    purpose: string,
  ): Promise<void> {
    if (current === undefined) throw invalidField('current_password', `is needed ${purpose}`);
    if (!(await this.credentials.verifyFor(principal, current))) {
      throw invalidField('current_password', 'is wrong');
    }
  }
}
