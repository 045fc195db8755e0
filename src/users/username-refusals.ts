import { isDuplicateKey } from '../database/database-errors.js';
import { DomainError, invalidField } from '../problems/errors.js';
import { canonicalUsername } from './username-rules.js';

/** The canonical form. @throws DomainError `validation-failed` with the reason if there is none */
export function acceptedUsername(input: string): string {
  const result = canonicalUsername(input);
  if ('refusal' in result) throw invalidField('username', result.refusal);
  return result.username;
}

/** Throws `username-taken` if the unique index refused a write; other errors as they are. */
export function usernameTaken(error: unknown): never {
  if (isDuplicateKey(error)) throw new DomainError('username-taken', { cause: error });
  throw error;
}
