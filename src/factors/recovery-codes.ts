import { randomBytes } from 'node:crypto';
import { isBase32, toBase32 } from '../common/base32.js';
import { sha256 } from '../common/sha256.js';

const COUNT = 10;

/** 80 bits: nobody finds one by trying, so that a hash of them need not be slow. */
const BYTES = 10;
const LENGTH = 16;

/** A recovery code as it is kept, if the text can be one: in any case, with spaces and hyphens anywhere. */
export function recoveryCodeHash(text: string): string | undefined {
  const code = text.replace(/[\s-]/g, '').toUpperCase();
  if (code.length !== LENGTH || !isBase32(code)) return undefined;
  return sha256(code);
}

/** Ten new codes, as people read them best: four groups of four characters. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: COUNT }, () => {
    const groups = toBase32(randomBytes(BYTES)).match(/.{4}/g) ?? [];
    return groups.join('-');
  });
}
