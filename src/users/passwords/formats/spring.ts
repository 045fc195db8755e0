import { fromBase64, fromHex } from './encodings.js';
import { storedPbkdf2, storedScrypt, type HashFormat, type Pbkdf2Digest } from './stored-form.js';

/** The hexadecimal number has log2(N), r in a byte, and p in a byte. */
const SCRYPT = /^\$([0-9a-f]{5,6})\$([\w+/]+={0,2})\$([\w+/]+={0,2})$/;
const PBKDF2 = /^\{(pbkdf2|pbkdf2@SpringSecurity_v5_8)\}([0-9a-f]+)$/;

/** What the ids of Spring's `PasswordEncoderFactories` stand for; both without a secret of the application. */
const PBKDF2_DEFAULTS: ReadonlyMap<
  string,
  { digest: Pbkdf2Digest; iterations: number; saltBytes: number }
> = new Map([
  ['pbkdf2', { digest: 'sha1', iterations: 185_000, saltBytes: 8 }],
  ['pbkdf2@SpringSecurity_v5_8', { digest: 'sha256', iterations: 310_000, saltBytes: 16 }],
]);
const PBKDF2_HASH_BYTES = 32;

/** What Spring Security writes: its scrypt, and PBKDF2 with the defaults that its ids stand for. */
export const spring: HashFormat = (text) => scrypt(text) ?? pbkdf2(text);

const scrypt: HashFormat = (text) => {
  const match = SCRYPT.exec(text);
  if (!match) return undefined;
  const [, digits = '', salt = '', hash = ''] = match;
  const number = parseInt(digits, 16);
  const parameters = { logN: number >> 16, r: (number >> 8) & 0xff, p: number & 0xff };
  return storedScrypt('scrypt', parameters, fromBase64(salt), fromBase64(hash));
};

const pbkdf2: HashFormat = (text) => {
  const [, id = '', digits = ''] = PBKDF2.exec(text) ?? [];
  const defaults = PBKDF2_DEFAULTS.get(id);
  if (!defaults) return undefined;
  const { digest, iterations, saltBytes } = defaults;
  const bytes = fromHex(digits);
  if (bytes?.length !== saltBytes + PBKDF2_HASH_BYTES) {
    return { refusal: 'is not of the length that Spring’s defaults have' };
  }
  const [salt, hash] = [bytes.subarray(0, saltBytes), bytes.subarray(saltBytes)];
  return storedPbkdf2(digest, iterations, salt, hash);
};
