import type { ImportedAccount } from '../../users/accounts-import.js';
import {
  importedHash,
  importedPbkdf2,
  type ImportedHash,
} from '../../users/passwords/imported-hash.js';
import { LARGEST_USER_ID } from '../../users/user-ids.js';
import { canonicalUsername } from '../../users/username-rules.js';
import { flagOf, positiveInteger, timeOf } from './field-values.js';
import type { Fields } from './fields.js';

/** The account that our own fields tell of. @throws Error with what is wrong with it */
export function accountFromFields(fields: Fields): ImportedAccount {
  const nested = Object.keys(fields).find((name) => typeof fields[name] === 'object');
  if (nested !== undefined)
    throw new Error(`the field ${nested} must be text, a number, true or false`);
  return {
    username: usernameOf(fields.username),
    passwordHash: passwordHashOf(fields),
    id: fields.id === undefined ? undefined : idOf(fields.id),
    createdAtMs:
      fields.created_at === undefined ? undefined : timeOf('created_at', fields.created_at),
    isDisabled: fields.disabled === undefined ? false : flagOf('disabled', fields.disabled),
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
  const result = canonicalUsername(value);
  if ('refusal' in result) throw new Error(`the username ${result.refusal}`);
  return result.username;
}

function passwordHashOf({ password_hash, salt, hash, iterations }: Fields): string {
  if (password_hash !== undefined && typeof password_hash !== 'string') {
    throw new Error('the password_hash is no text');
  }
  const isRaw = password_hash === undefined;
  if (!isRaw && (salt ?? hash ?? iterations) !== undefined) {
    throw new Error('it has a password_hash, and also salt, hash or iterations');
  }
  const result = isRaw ? rawHash(salt, hash, iterations) : importedHash(password_hash);
  if ('refusal' in result) throw new Error(`the password's hash ${result.refusal}`);
  return result.hash;
}

function rawHash(salt: unknown, hash: unknown, iterations: unknown): ImportedHash {
  if (typeof salt !== 'string' || typeof hash !== 'string' || iterations === undefined) {
    throw new Error('it has no password_hash, and not all of salt, hash and iterations');
  }
  // The length of a hash tells which it is; a salt may look like both.
  const decode = isHex(hash) ? fromHex : fromBase64;
  const count = positiveInteger('iterations', iterations, Number.MAX_SAFE_INTEGER);
  return importedPbkdf2(decode('salt', salt), decode('hash', hash), count);
}

function isHex(text: string): boolean {
  return text.length % 2 === 0 && /^[0-9a-f]+$/i.test(text);
}

function fromHex(name: string, text: string): Buffer {
  if (!isHex(text)) throw new Error(`the ${name} is not hexadecimal, as the hash is`);
  return Buffer.from(text, 'hex');
}

function fromBase64(name: string, text: string): Buffer {
  if (!/^[\w+/-]+={0,2}$/.test(text)) {
    throw new Error(`the ${name} is neither hexadecimal nor base64`);
  }
  return Buffer.from(text, 'base64');
}

