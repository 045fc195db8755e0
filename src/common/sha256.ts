import { hash } from 'node:crypto';

/** The SHA-256 of a text in 43 characters of base64url. */
export function sha256(text: string): string {
  return hash('sha256', text, 'base64url');
}
