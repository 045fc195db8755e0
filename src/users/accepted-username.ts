import { DomainError, invalidField } from '../common/errors.js';
import { isDuplicateKey } from '../database/database-errors.js';
import { canonicalUsername } from './username.js';

/** The canonical form. @throws DomainError `validation-failed` with the reason where there is none */
export function acceptedUsername(input: string): string {
  const result = canonicalUsername(input);
  if ('refusal' in result) throw invalidField('username', result.refusal);
  return result.username;
}

/** Throws `username-taken` where the unique index refused a write; other errors as they are. */
export function usernameTaken(error: unknown): never {
  if (isDuplicateKey(error)) throw new DomainError('username-taken', { cause: error });
  throw error;
}
