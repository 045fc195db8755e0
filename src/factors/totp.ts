import { createHmac, timingSafeEqual } from 'node:crypto';

/** Of authenticator apps, which know no other everywhere. */
const DIGITS = 6;
const STEP_SECONDS = 30;

/** So many steps may the clock of a person's device be ahead or behind (RFC 6238 §5.2). */
const TOLERATED_STEPS = 1;

/** The bytes of a secret: as long as the hash (RFC 4226 §4). */
export const SECRET_BYTES = 20;

/** The step in which a moment lies (RFC 6238 §4.2). */
export function stepAt(atMs: number): number {
  return Math.floor(atMs / 1000 / STEP_SECONDS);
}

/** The code of a step: HOTP with SHA-1 and six digits (RFC 4226 §5.3). */
export function totpCode(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const offset = digest.readUInt8(digest.length - 1) & 0xf;
  const number = digest.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/** Whether a text can be a code. */
export function isTotpCode(text: string): boolean {
  return /^\d{6}$/.test(text);
}

/**
 * The step whose code this is, if that lies close enough to the present and after the last one that was used.
 * @param code of six digits
 */
export function matchingStep(
  secret: Uint8Array,
  code: string,
  nowMs: number,
  lastStep: number | null,
): number | undefined {
  const present = stepAt(nowMs);
  let found: number | undefined;
  for (let step = present - TOLERATED_STEPS; step <= present + TOLERATED_STEPS; step += 1) {
    // All of them each time, so that the answer does not tell by its time which one it is.
    const isEqual = timingSafeEqual(Buffer.from(totpCode(secret, step)), Buffer.from(code));
    if (isEqual && step > (lastStep ?? -1)) found ??= step;
  }
  return found;
}

/** What an authenticator app reads from the QR code. */
export function totpUri(issuer: string, username: string, secret: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(username)}`;
  const fields = new URLSearchParams({ secret, issuer, algorithm: 'SHA1' });
  fields.set('digits', String(DIGITS));
  fields.set('period', String(STEP_SECONDS));
  return `otpauth://totp/${label}?${fields.toString().replaceAll('+', '%20')}`;
}
