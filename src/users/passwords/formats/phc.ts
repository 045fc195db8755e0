import { fromBase64 } from './encodings.js';
import {
  storedArgon2,
  storedBcrypt,
  storedPbkdf2,
  storedScrypt,
  type HashFormat,
  type Pbkdf2Digest,
  type PrehashedBcryptId,
  type ScryptId,
} from './stored-form.js';

const ARGON2 = /^\$argon2id?\$v=19\$/;
const PBKDF2 = /^\$pbkdf2-(sha1|sha256|sha512)\$i=(\d{1,10})(?:,l=\d{1,3})?\$([\w+/]+)\$([\w+/]+)$/;
const SCRYPT =
  /^\$(scrypt|scrypt-nfkc|firebase-scrypt)\$ln=(\d{1,2}),r=(\d{1,9}),p=(\d{1,9})\$([\w+/]+={0,2})\$([\w+/]+={0,2})$/;
const BCRYPT =
  /^(?:\$(bcrypt-hex-sha256|bcrypt-base64-sha256|bcrypt-base64-hmac-sha256))?(\$2[aby]\$.*)$/;

/** PHC strings and bcrypt's own strings: what is stored here, and what many systems write. */
export const phcOrBcrypt: HashFormat = (text) =>
  ARGON2.test(text) ? storedArgon2(text) : (pbkdf2(text) ?? scrypt(text) ?? bcrypt(text));

const pbkdf2: HashFormat = (text) => {
  const match = PBKDF2.exec(text);
  if (!match) return undefined;
  const [, digest, iterations, salt = '', hash = ''] = match;
  const bytes = [salt, hash].map(fromBase64);
  return storedPbkdf2(digest as Pbkdf2Digest, Number(iterations), bytes[0], bytes[1]);
};

const scrypt: HashFormat = (text) => {
  const match = SCRYPT.exec(text);
  if (!match) return undefined;
  const [, id, logN, r, p, salt = '', hash = ''] = match;
  const parameters = { logN: Number(logN), r: Number(r), p: Number(p) };
  return storedScrypt(id as ScryptId, parameters, fromBase64(salt), fromBase64(hash));
};

const bcrypt: HashFormat = (text) => {
  const match = BCRYPT.exec(text);
  if (!match) return undefined;
  const [, id, hash = ''] = match;
  return storedBcrypt(hash, id as PrehashedBcryptId | undefined);
};
