import { randomBytes } from 'node:crypto';

/** 72 random bits in 12 characters: the name of a life, or of a beat. */
export function randomWord(): string {
  return randomBytes(9).toString('base64url');
}
