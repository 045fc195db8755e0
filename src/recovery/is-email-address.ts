import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { isEmailAddress } from '../mail/email-address.js';

/** A field that is one email address. */
@ValidatorConstraint()
export class IsEmailAddress implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return typeof value === 'string' && isEmailAddress(value);
  }

  defaultMessage(): string {
    return 'must be one address such as susan@example.org, in ASCII, with at most 254 characters';
  }
}
