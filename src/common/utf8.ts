const STRICT = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text of the bytes, with its byte order mark if it has one. @throws TypeError if they are not UTF-8 */
export function decodeUtf8(bytes: Uint8Array): string {
  return STRICT.decode(bytes);
}
