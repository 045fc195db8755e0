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
import { canonicalUsername } from '../../users/username-rules.js';

/** What a row may tell of an account. */
export const ACCOUNT_FIELDS: readonly string[] = [
  ...['username', 'password_hash', 'salt', 'hash', 'iterations', 'salt_is'],
  ...['id', 'created_at', 'disabled'],
];

const ISO_DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/;
const FLAGS = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

export type Fields = Readonly<Record<string, unknown>>;

/**
 * The account that a row tells of.
 * @param saltIs what salts are in rows that have no `salt_is`
 * @throws Error with what is wrong with it
 */
export function accountFromFields(fields: Fields, saltIs?: SaltIs): ImportedAccount {
  const unknown = Object.keys(fields).find((name) => !ACCOUNT_FIELDS.includes(name));
  if (unknown !== undefined) throw new Error(`the field ${unknown} is not known`);
  const nested = Object.keys(fields).find((name) => typeof fields[name] === 'object');
  if (nested !== undefined)
    throw new Error(`the field ${nested} must be text, a number, true or false`);
  return {
    username: usernameOf(fields.username),
    passwordHash: passwordHashOf(fields, saltIs),
    id: fields.id === undefined ? undefined : positiveInteger('id', fields.id, LARGEST_USER_ID),
    createdAtMs: fields.created_at === undefined ? undefined : timeOf(fields.created_at),
    isDisabled: fields.disabled === undefined ? false : flagOf(fields.disabled),
  };
}

/** A whole number from 1. @throws Error with what is wrong with it */
export function positiveInteger(name: string, value: unknown, largest: number): number {
  const isNumber = typeof value === 'number' || /^\d{1,15}$/.test(String(value));
  const number = isNumber ? Number(value) : NaN;
  if (!Number.isInteger(number) || number < 1 || number > largest) {
    throw new Error(`the ${name} must be a whole number from 1 to ${largest}`);
  }
  return number;
}

function usernameOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('the username is missing');
  const result = canonicalUsername(value);
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

function timeOf(value: unknown): number {
  const text = String(value);
  const time = ISO_DATE.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time) || !isDay(text.slice(0, 10))) {
    throw new Error('created_at must be a time such as 2026-01-31T09:30:00Z');
  }
  return time;
}

/** Whether there is such a day: February the 31st passes for a day of March otherwise. */
function isDay(date: string): boolean {
  return new Date(date).toISOString().startsWith(date);
}

function flagOf(value: unknown): boolean {
  const flag = FLAGS.get(String(value).toLowerCase());
  if (flag === undefined) throw new Error('disabled must be true or false');
  return flag;
}
