import { crc32 } from 'node:zlib';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** RFC 6750 §2.1; more characters than fit in the headers of a request are no token. */
const TOKEN = /^[\w.~+/-]{1,16000}=*$/;

const KEY = /^gth_[0-9A-Za-z]{36}$/;
const CHECKSUM_LENGTH = 6;

/** Whether a text may be a token or an API key. One with a typing error is refused without a question. */
export function isWellFormed(token: string): boolean {
  if (!token.startsWith('gth_')) return TOKEN.test(token);
  const body = token.slice(0, -CHECKSUM_LENGTH);
  return KEY.test(token) && token.endsWith(inBase62(crc32(body)));
}

function inBase62(value: number): string {
  let text = '';
  for (let rest = value; text.length < CHECKSUM_LENGTH; rest = Math.floor(rest / 62)) {
    text = DIGITS.charAt(rest % 62) + text;
  }
  return text;
}
