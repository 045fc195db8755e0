import { fromBase64 } from './encodings.js';
import {
  storedArgon2,
  storedBcrypt,
  storedPbkdf2,
  storedScrypt,
  type HashFormat,
  type Pbkdf2Digest,
} from './stored-form.js';

const PBKDF2 = /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,10})\$([^$]+)\$([\w+/]+={0,2})$/;
const SCRYPT = /^scrypt\$(\d{1,10})\$([^$]+)\$(\d{1,9})\$(\d{1,9})\$([\w+/]+={0,2})$/;
const BCRYPT = /^(bcrypt|bcrypt_sha256)\$(\$2[aby]\$.*)$/;
const ARGON2 = /^argon2(\$argon2id?\$v=19\$.*)$/;

/** What Django's hashers write: the name, the parts, and of PBKDF2 and scrypt the salt as text. */
export const django: HashFormat = (text) =>
  pbkdf2(text) ?? scrypt(text) ?? bcrypt(text) ?? argon2(text);

const pbkdf2: HashFormat = (text) => {
  const match = PBKDF2.exec(text);
  if (!match) return undefined;
  const [, digest, iterations, salt = '', hash = ''] = match;
  return storedPbkdf2(
    digest as Pbkdf2Digest,
    Number(iterations),
    Buffer.from(salt),
    fromBase64(hash),
  );
};

const scrypt: HashFormat = (text) => {
  const match = SCRYPT.exec(text);
  if (!match) return undefined;
  const [, N, salt = '', r, p, hash = ''] = match;
  const parameters = { logN: Math.log2(Number(N)), r: Number(r), p: Number(p) };
  return storedScrypt('scrypt', parameters, Buffer.from(salt), fromBase64(hash));
};

const bcrypt: HashFormat = (text) => {
  const match = BCRYPT.exec(text);
  if (!match) return undefined;
  const [, name, hash = ''] = match;
  return storedBcrypt(hash, name === 'bcrypt' ? undefined : 'bcrypt-hex-sha256');
};

const argon2: HashFormat = (text) => {
  const [, hash] = ARGON2.exec(text) ?? [];
  return hash === undefined ? undefined : storedArgon2(hash);
};
