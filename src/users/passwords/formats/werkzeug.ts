import { fromHex } from './encodings.js';
import { storedPbkdf2, storedScrypt, type HashFormat, type Pbkdf2Digest } from './stored-form.js';

const PBKDF2 = /^pbkdf2:(sha1|sha256|sha512):(\d{1,10})\$([^$]+)\$([0-9a-f]+)$/;
const SCRYPT = /^scrypt:(\d{1,10}):(\d{1,9}):(\d{1,9})\$([^$]+)\$([0-9a-f]+)$/;

/** What Werkzeug's `generate_password_hash` writes, for Flask: the salt is text, the hash hexadecimal. */
export const werkzeug: HashFormat = (text) => pbkdf2(text) ?? scrypt(text);

const pbkdf2: HashFormat = (text) => {
  const match = PBKDF2.exec(text);
  if (!match) return undefined;
  const [, digest, iterations, salt = '', hash = ''] = match;
  return storedPbkdf2(digest as Pbkdf2Digest, Number(iterations), Buffer.from(salt), fromHex(hash));
};

const scrypt: HashFormat = (text) => {
  const match = SCRYPT.exec(text);
  if (!match) return undefined;
  const [, N, r, p, salt = '', hash = ''] = match;
  const parameters = { logN: Math.log2(Number(N)), r: Number(r), p: Number(p) };
  return storedScrypt('scrypt', parameters, Buffer.from(salt), fromHex(hash));
};
