import { Injectable } from '@nestjs/common';
import { invalidField } from '../common/errors.js';
import { Env } from '../config/env.js';
import { CommonPasswords } from './common-passwords.js';
import { passwordFault } from './password-policy.js';

/** What a new password must keep to, whoever sets it. */
@Injectable()
export class PasswordRules {
  constructor(
    private readonly env: Env,
    private readonly commonPasswords: CommonPasswords,
  ) {}

  /** @throws DomainError `validation-failed` with the reason where this cannot be the user's password */
  async require(password: string, username: string): Promise<void> {
    const fault =
      passwordFault(password, this.env.PASSWORD_MIN_LENGTH) ??
      (await this.commonPasswords.faultOf(password, username));
    if (fault) throw invalidField('password', fault);
  }
}
