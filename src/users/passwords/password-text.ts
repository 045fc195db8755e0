import { codePointLength } from '../../common/code-points.js';

const MAX_LENGTH = 256;

/** Whether text can be a password at all: not too long, no NUL, no broken Unicode. */
export function isPossiblePassword(password: string): boolean {
  return !password.includes('\0') && password.isWellFormed() && lengthOf(password) <= MAX_LENGTH;
}

/** Why a new password is refused, as the end of "password …"; undefined if it is accepted. */
export function passwordFault(password: string, minLength: number): string | undefined {
  if (lengthOf(password) < minLength) return `must have at least ${minLength} characters`;
  if (lengthOf(password) > MAX_LENGTH) return `must have at most ${MAX_LENGTH} characters`;
  if (!isPossiblePassword(password)) return 'must not contain NUL or broken Unicode';
  return undefined;
}

/** NIST SP 800-63B-4 §3.1.1.2; after NFC, which is what is hashed. */
function lengthOf(password: string): number {
  return codePointLength(password.normalize('NFC'));
}
