import type { ImportedAccount } from '../../users/accounts-import.js';
import {
  fromSaltedPbkdf2,
  SALT_KINDS,
  saltKindOf,
  type SaltIs,
} from '../../users/passwords/formats/salted-pbkdf2.js';
import type { ImportedHash } from '../../users/passwords/formats/stored-form.js';
import { importedHash } from '../../users/passwords/imported-hash.js';
import { LARGEST_USER_ID } from '../../users/user-ids.js';
import { newUsername } from '../../users/username-refusals.js';
import { finiteTimeOf, flagOf, positiveInteger, rolesOf } from './field-values.js';
import type { Fields } from './fields.js';

/**
 * The account that our own fields tell of.
 * @param saltIs what salts are in accounts that have no `salt_is`
 * @throws Error with what is wrong with it
 */
export function accountFromFields(fields: Fields, saltIs?: SaltIs): ImportedAccount {
  const { roles, ...others } = fields;
  const nested = Object.keys(others).find((name) => typeof others[name] === 'object');
  if (nested !== undefined)
    throw new Error(`the field ${nested} must be text, a number, true or false`);
  return {
    username: usernameOf(fields.username),
    passwordHash: passwordHashOf(fields, saltIs),
    id: fields.id === undefined ? undefined : idOf(fields.id),
    createdAtMs:
      fields.created_at === undefined ? undefined : finiteTimeOf('created_at', fields.created_at),
    isDisabled: fields.disabled === undefined ? false : flagOf('disabled', fields.disabled),
    roles: roles === undefined ? undefined : rolesOf(roles),
  };
}

function idOf(value: unknown): number {
  try {
    return positiveInteger('id', value, LARGEST_USER_ID);
  } catch (error) {
    if (typeof value !== 'string' || /^\d+$/.test(value)) throw error;
    throw new Error(`${(error as Error).message}; --new-ids takes any and gives new ones`);
  }
}

function usernameOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('the username is missing');
  const result = newUsername(value);
  if ('refusal' in result) throw new Error(`the username ${result.refusal}`);
  return result.username;
}

function passwordHashOf(fields: Fields, saltIs: SaltIs | undefined): string {
  const { password_hash, salt, hash, iterations } = fields;
  if (password_hash !== undefined && typeof password_hash !== 'string') {
    throw new Error('the password_hash is no text');
  }
  const isRaw = password_hash === undefined;
  if (!isRaw && (salt ?? hash ?? iterations) !== undefined) {
    throw new Error('it has a password_hash, and also salt, hash or iterations');
  }
  const result = isRaw ? rawHash(fields, saltIs) : importedHash(password_hash);
  if ('refusal' in result) throw new Error(`the password's hash ${result.refusal}`);
  return result.hash;
}

function rawHash(fields: Fields, saltIs: SaltIs | undefined): ImportedHash {
  const { salt, hash, iterations, salt_is = saltIs } = fields;
  if (typeof salt !== 'string' || typeof hash !== 'string' || iterations === undefined) {
    throw new Error('it has no password_hash, and not all of salt, hash and iterations');
  }
  const count = positiveInteger('iterations', iterations, Number.MAX_SAFE_INTEGER);
  const kind = saltKindOf(salt_is);
  if (salt_is !== undefined && kind === undefined) {
    throw new Error(`salt_is must be ${SALT_KINDS.join(' or ')}`);
  }
  return fromSaltedPbkdf2({ salt, hash, iterations: count, saltIs: kind });
}
