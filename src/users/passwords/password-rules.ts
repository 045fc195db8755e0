import { Injectable } from '@nestjs/common';
import { Env } from '../../config/env.js';
import { invalidField } from '../../problems/errors.js';
import { CommonPasswords } from './common-passwords.js';
import { passwordFault } from './password-text.js';

/** What a new password must keep to, no matter who sets it. */
@Injectable()
export class PasswordRules {
  constructor(
    private readonly env: Env,
    private readonly commonPasswords: CommonPasswords,
  ) {}

  /** @throws DomainError `validation-failed` with the reason if this cannot be the user's password */
  async require(password: string, username: string): Promise<void> {
    const fault =
      passwordFault(password, this.env.PASSWORD_MIN_LENGTH) ??
      (await this.commonPasswords.faultOf(password, username));
    if (fault) throw invalidField('password', fault);
  }
}
