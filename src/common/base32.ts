const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BITS = 5;

/** Bytes in base32 (RFC 4648 §6), without padding. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let held = 0;
  let heldBits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    heldBits += 8;
    while (heldBits >= BITS) {
      heldBits -= BITS;
      text += ALPHABET.charAt((held >>> heldBits) & 31);
    }
    held &= (1 << heldBits) - 1;
  }
  return heldBits === 0 ? text : text + ALPHABET.charAt((held << (BITS - heldBits)) & 31);
}

/** Whether a text is base32 without padding, in capitals. */
export function isBase32(text: string): boolean {
  return /^[A-Z2-7]*$/.test(text);
}
