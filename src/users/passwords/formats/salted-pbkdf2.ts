import { fromAnyBase64, fromHex } from './encodings.js';
import { storedPbkdf2, type ImportedHash } from './stored-form.js';

/** Whether the hash function was given the salt's characters, or the bytes that they encode. */
export const SALT_KINDS = ['text', 'bytes'] as const;
export type SaltIs = (typeof SALT_KINDS)[number];

/** The kind of salt that a value names; undefined if it names none. */
export function saltKindOf(value: unknown): SaltIs | undefined {
  return SALT_KINDS.find((kind) => kind === value);
}

/** A hash whose parts stand in fields of their own. */
export interface SaltedHash {
  readonly salt: string;
  /** Hexadecimal or base64. */
  readonly hash: string;
  readonly iterations: number;
  /** Without it the hash is refused: what the salt looks like does not tell. */
  readonly saltIs: SaltIs | undefined;
}

/** The stored form of a hash of PBKDF2-HMAC-SHA256. Salt bytes are in the encoding that the hash is in. */
export function fromSaltedPbkdf2({ salt, hash, iterations, saltIs }: SaltedHash): ImportedHash {
  // The length of a hash tells which it is; a salt may look like both.
  const decode = fromHex(hash) ? fromHex : fromAnyBase64;
  const hashBytes = decode(hash);
  if (!hashBytes) return { refusal: 'is neither hexadecimal nor base64' };
  if (saltIs === undefined) {
    return {
      refusal:
        'has a salt that could be text or bytes: ' +
        'say which it is with --salt-is, or in a field salt_is',
    };
  }
  const saltBytes = saltIs === 'text' ? Buffer.from(salt) : decode(salt);
  if (!saltBytes) {
    const encoding = decode === fromHex ? 'hexadecimal' : 'base64';
    return { refusal: `has a salt of bytes that is not ${encoding}, as the hash is` };
  }
  return storedPbkdf2('sha256', iterations, saltBytes, hashBytes);
}
