import { randomBytes } from 'node:crypto';
import { randomId } from '../common/random-id.js';
import { sha256 } from '../common/sha256.js';

/** A new `client_id`. Form-encoding changes none of its characters, so it is the same in each place (RFC 6749 §2.3.1). */
export function newClientId(): string {
  return `gtc_${randomId()}`;
}

/** Whether a text can be a `client_id`. */
export function isClientId(text: string): boolean {
  return /^gtc_[\w-]{1,64}$/.test(text);
}

/** A new secret: 256 random bits, in characters that form-encoding does not change. */
export function newSecret(): string {
  return `gts_${randomBytes(32).toString('base64url')}`;
}

/** What is kept of a secret. One fast hash is enough for 256 random bits, which no one can guess. */
export function hashOfSecret(secret: string): string {
  return sha256(secret);
}
