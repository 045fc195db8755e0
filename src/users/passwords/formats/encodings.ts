/** The bytes of base64, with or without padding, in its one spelling; undefined if it is none. */
export function fromBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return unpadded(bytes.toString('base64')) === unpadded(text) ? bytes : undefined;
}

/** As `fromBase64`, and base64url too. */
export function fromAnyBase64(text: string): Buffer | undefined {
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}

/** As `fromBase64`, but with passlib's alphabet, which has a dot for the plus sign. */
export function fromPasslibBase64(text: string): Buffer | undefined {
  return fromBase64(text.replaceAll('.', '+'));
}

/** The bytes of hexadecimal digits; undefined if they are none. */
export function fromHex(text: string): Buffer | undefined {
  return /^(?:[0-9a-f]{2})+$/i.test(text) ? Buffer.from(text, 'hex') : undefined;
}

/** Base64 without its padding. */
export function unpadded(base64: string): string {
  return base64.replace(/={1,2}$/, '');
}
