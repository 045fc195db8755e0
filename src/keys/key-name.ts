import { ValidatorConstraint, type ValidatorConstraintInterface } from 'class-validator';
import { codePointLength } from '../common/code-points.js';

const LONGEST_NAME = 64;

/** Something beside spaces, controls, and what only shapes the text around it. */
const CAN_BE_SEEN = /[^\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** What people may call a key: 1 to 64 code points, one that can be seen among them, without controls or what turns text around. */
@ValidatorConstraint()
export class IsKeyName implements ValidatorConstraintInterface {
  validate(value: unknown): boolean {
    return (
      typeof value === 'string' &&
      CAN_BE_SEEN.test(value) &&
      codePointLength(value) <= LONGEST_NAME &&
      !/[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u.test(value)
    );
  }

  defaultMessage(): string {
    return `must have 1 to ${LONGEST_NAME} characters, one that can be seen among them, and no control characters`;
  }
}
