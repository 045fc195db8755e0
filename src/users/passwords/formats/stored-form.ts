import { serialize } from '@phc/format';
import { costFault } from '../hash-cost.js';
import { fromBase64 } from './encodings.js';

/** A hash as it is stored, or why it will not do, as the end of "the password's hash …". */
export type ImportedHash = { readonly hash: string } | { readonly refusal: string };

/** A form in which a system writes hashes. It returns undefined if a text is not of this form. */
export type HashFormat = (text: string) => ImportedHash | undefined;

/** The digests with which PBKDF2-HMAC is known, as Node names them. */
export type Pbkdf2Digest = 'sha1' | 'sha256' | 'sha512';

/** scrypt as RFC 7914 defines it; of the password in NFKC; and Firebase's, which encrypts with its output. */
export type ScryptId = 'scrypt' | 'scrypt-nfkc' | 'firebase-scrypt';

/** bcrypt of a digest of the password. What the digest is written in, and what it is, is in the name. */
export type PrehashedBcryptId =
  'bcrypt-hex-sha256' | 'bcrypt-base64-sha256' | 'bcrypt-base64-hmac-sha256';

/** scrypt's N is two to the power `logN`. */
export interface ScryptParameters {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

/** Salts of 8 to 48 bytes: the library knows no shorter or longer ones. */
const ARGON2 =
  /^\$argon2(id|i)\$v=19\$m=([1-9]\d{0,6}),t=([1-9]\d{0,3}),p=([1-9]\d?)\$([\w+/]{11,64})\$([\w+/]{22,86})$/;
/** The last characters of the salt and of the hash have bits to spare, which must be zero. */
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]$/;

const MIN_BCRYPT_COST = 4;
const MIN_SALT_BYTES = 4;
const [MIN_HASH_BYTES, MAX_BYTES] = [16, 64];

/** A hash of PBKDF2-HMAC (RFC 8018 §5.2). */
export function storedPbkdf2(
  digest: Pbkdf2Digest,
  iterations: number,
  salt: Buffer | undefined,
  hash: Buffer | undefined,
): ImportedHash {
  if (!Number.isSafeInteger(iterations) || iterations < 1) {
    return { refusal: 'has a number of iterations that is none' };
  }
  return storedPhc(`pbkdf2-${digest}`, { i: iterations }, salt, hash);
}

/** A hash of scrypt (RFC 7914). */
export function storedScrypt(
  id: ScryptId,
  { logN, r, p }: ScryptParameters,
  salt: Buffer | undefined,
  hash: Buffer | undefined,
): ImportedHash {
  const areWhole = [logN, r, p].every((value) => Number.isSafeInteger(value) && value >= 1);
  // RFC 7914 §2: N is less than 2^(128 r / 8), and p at most (2^32 - 1) * 32 / (128 r).
  if (!areWhole || logN >= 16 * r || p * r >= 2 ** 30) {
    return { refusal: 'has parameters that scrypt does not know' };
  }
  return storedPhc(id, { ln: logN, r, p }, salt, hash);
}

/** An Argon2id or Argon2i string of version 1.3 (RFC 9106). */
export function storedArgon2(text: string): ImportedHash {
  const [, , memory, , lanes, salt = '', hash = ''] = ARGON2.exec(text) ?? [];
  const isValid = Number(memory) >= 8 * Number(lanes) && fromBase64(salt) && fromBase64(hash);
  return isValid ? affordable(text) : { refusal: 'is no valid Argon2 string' };
}

/** A bcrypt string; with an `id` it is one of a digest of the password. */
export function storedBcrypt(text: string, id?: PrehashedBcryptId): ImportedHash {
  const [, cost] = BCRYPT.exec(text) ?? [];
  if (Number(cost ?? 0) < MIN_BCRYPT_COST) return { refusal: 'is no valid bcrypt hash' };
  return affordable(id === undefined ? text : `$${id}${text}`);
}

function storedPhc(
  id: string,
  params: Record<string, number>,
  salt: Buffer | undefined,
  hash: Buffer | undefined,
): ImportedHash {
  if (!salt || !hash) return { refusal: 'is neither base64 nor hexadecimal as its form asks' };
  if (salt.length < MIN_SALT_BYTES || salt.length > MAX_BYTES) {
    return { refusal: `has a salt of less than ${MIN_SALT_BYTES} or more than ${MAX_BYTES} bytes` };
  }
  if (hash.length < MIN_HASH_BYTES || hash.length > MAX_BYTES) {
    return { refusal: `has less than ${MIN_HASH_BYTES} or more than ${MAX_BYTES} bytes` };
  }
  return affordable(serialize({ id, params, salt, hash }));
}

function affordable(hash: string): ImportedHash {
  const refusal = costFault(hash);
  return refusal === undefined ? { hash } : { refusal };
}
