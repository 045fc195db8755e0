import type { TokenSubject } from '../common/security-log.js';
import { DomainError } from '../problems/errors.js';

/** The refusal of a token of ours, with whose it is for the log. */
export function tokenInvalid({ userId, sessionId }: TokenSubject): DomainError {
  return new DomainError('token-invalid', { subject: { userId, sessionId } });
}
