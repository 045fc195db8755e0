import { randomBytes } from 'node:crypto';
import { toBase32 } from '../common/base32.js';
import { sha256 } from '../common/sha256.js';

const CODE_LENGTH = 10;
/** Enough for the code. */
const CODE_BYTES = 7;

/** The secrets of one mail: the token of its link, and its code as people read it. */
export interface MailSecretTexts {
  readonly token: string;
  readonly code: string;
}

/** What is kept of them. */
export interface SecretHashes {
  readonly token: string;
  readonly code: string;
}

/** Secrets that nobody can guess: 256 random bits, and 50 for a code that has five tries in ten minutes. */
export function makeSecrets(): MailSecretTexts {
  const code = toBase32(randomBytes(CODE_BYTES)).slice(0, CODE_LENGTH);
  return {
    token: randomBytes(32).toString('base64url'),
    code: `${code.slice(0, CODE_LENGTH / 2)}-${code.slice(CODE_LENGTH / 2)}`,
  };
}

export function hashesOf({ token, code }: MailSecretTexts): SecretHashes {
  return { token: sha256(token), code: hashOfCode(code) };
}

/** What is kept of a code in any case, with or without what separates its halves. */
export function hashOfCode(code: string): string {
  return sha256(code.replace(/[\s-]/g, '').toUpperCase());
}
