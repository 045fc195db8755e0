import { serialize } from '@phc/format';
import { costFault } from './hash-cost.js';

/** A hash as it is stored, or why it will not do, as the end of "the password's hash …". */
export type ImportedHash = { readonly hash: string } | { readonly refusal: string };

/** Salts of 8 bytes and more: the library knows no shorter ones. */
const ARGON2ID =
  /^\$argon2id\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,3}),p=([1-9]\d?)\$([\w+/]{11,86})\$([\w+/]{22,86})$/;
const PBKDF2 =
  /^\$pbkdf2-sha256\$i=([1-9]\d{0,7})(?:,l=[1-9]\d*)?\$([\w+/]{6,86})\$([\w+/]{22,86})$/;
/** The last characters of the salt and of the hash have bits to spare, which must be zero. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

const MIN_BCRYPT_COST = 4;
const NO_BCRYPT = { refusal: 'is no valid bcrypt hash' };

const MIN_SALT_BYTES = 4;
const [MIN_HASH_BYTES, MAX_BYTES] = [16, 64];

/** A hash of Argon2id or PBKDF2-HMAC-SHA256 in PHC string format, or one of bcrypt. */
export function importedHash(text: string): ImportedHash {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (cost !== undefined) {
    return Number(cost) >= MIN_BCRYPT_COST ? affordable(text) : NO_BCRYPT;
  }
  const argon2id = ARGON2ID.exec(text);
  if (argon2id) return importedArgon2id(text, argon2id);
  const [, iterations, salt, hash] = PBKDF2.exec(text) ?? [];
  if (iterations !== undefined && isBase64(salt) && isBase64(hash)) {
    return affordable(text);
  }
  return { refusal: 'is none of argon2id, pbkdf2-sha256 (PHC strings) and bcrypt' };
}

/** A hash that PBKDF2-HMAC-SHA256 made of a password and a salt. */
export function importedPbkdf2(salt: Buffer, hash: Buffer, iterations: number): ImportedHash {
  if (salt.length < MIN_SALT_BYTES || salt.length > MAX_BYTES) {
    return { refusal: `has a salt of less than ${MIN_SALT_BYTES} or more than ${MAX_BYTES} bytes` };
  }
  if (hash.length < MIN_HASH_BYTES || hash.length > MAX_BYTES) {
    return { refusal: `has less than ${MIN_HASH_BYTES} or more than ${MAX_BYTES} bytes` };
  }
  if (!Number.isInteger(iterations) || iterations < 1) {
    return { refusal: 'has a number of iterations that is none' };
  }
  return affordable(serialize({ id: 'pbkdf2-sha256', params: { i: iterations }, salt, hash }));
}

function importedArgon2id(text: string, match: RegExpExecArray): ImportedHash {
  const [kib = 0, , lanes = 0] = match.slice(1, 4).map(Number);
  if (kib < 8 * lanes || !match.slice(4).every(isBase64)) {
    return { refusal: 'is no valid argon2id string' };
  }
  return affordable(text);
}

function affordable(hash: string): ImportedHash {
  const refusal = costFault(hash);
  return refusal === undefined ? { hash } : { refusal };
}

/** Base64 without padding, in its one spelling. */
function isBase64(text = ''): boolean {
  return Buffer.from(text, 'base64').toString('base64').replaceAll('=', '') === text;
}
