import { randomBytes } from 'node:crypto';

/** 128 random bits in 22 characters: a `jti` or the id of a session, a key, a factor, a mail (OWASP ASVS 7.2.3). */
export function randomId(): string {
  return randomBytes(16).toString('base64url');
}

/** Whether a text can be one. */
export function isId(text: string): boolean {
  return /^[\w-]{22}$/.test(text);
}
