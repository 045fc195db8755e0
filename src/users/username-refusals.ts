import { isDuplicateKey } from '../database/database-errors.js';
import { DomainError, invalidField } from '../problems/errors.js';
import { hasKeyForm } from '../tokens/api-key-text.js';
import { canonicalUsername, type UsernameResult } from './username-rules.js';

/** The canonical form. @throws DomainError `validation-failed` with the reason if there is none */
export function acceptedUsername(input: string): string {
  const result = newUsername(input);
  if ('refusal' in result) throw invalidField('username', result.refusal);
  return result.username;
}

/**
 * The canonical form of a name for a new account, or why it can have none. It is not the form of an API key, which
 * HTTP Basic takes for one. Accounts that have such a name from before go on to log in with JSON.
 */
export function newUsername(input: string): UsernameResult {
  const result = canonicalUsername(input);
  if ('refusal' in result || !hasKeyForm(result.username)) return result;
  return { refusal: 'must not have the form of an API key', reason: 'form-of-a-key' };
}

/** Throws `username-taken` if the unique index refused a write; other errors as they are. */
export function usernameTaken(error: unknown): never {
  if (isDuplicateKey(error)) throw new DomainError('username-taken', { cause: error });
  throw error;
}
