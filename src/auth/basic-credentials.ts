import { decodeUtf8 } from '../common/utf8.js';

/** What an `Authorization: Basic` header carries. */
export interface BasicCredentials {
  readonly username: string;
  readonly password: string;
}

/** The scheme that an `Authorization` header names, in lower case (RFC 9110 §11.1). */
export function schemeOf(header: string | undefined): string | undefined {
  return header?.split(' ', 1)[0]?.toLowerCase();
}

/**
 * Reads a Basic header by RFC 7617 §2: UTF-8 strictly, split at the first colon, no control
 * characters. Undefined if it is not one.
 */
export function parseBasic(header: string | undefined): BasicCredentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? '')?.[1];
  const text = encoded && decode(encoded);

  if (!text || /[\u0000-\u001f\u007f]/.test(text)) return undefined;
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decode(base64: string): string | undefined {
  try {
    return decodeUtf8(Buffer.from(base64, 'base64'));
  } catch {
    return undefined;
  }
}
