import { fromPasslibBase64 } from './encodings.js';
import { storedBcrypt, storedPbkdf2, type HashFormat, type Pbkdf2Digest } from './stored-form.js';

const PBKDF2 = /^\$pbkdf2(?:-(sha256|sha512))?\$(\d{1,10})\$([\w./]+)\$([\w./]+)$/;
/** LDAP's envelope has the same parts. */
const LDAP_PBKDF2 = /^\{PBKDF2(?:-(SHA1|SHA256|SHA512))?\}(\d{1,10})\$([\w./]+)\$([\w./]+)$/;
const BCRYPT_SHA256_1 = /^\$bcrypt-sha256\$(2[ab]),(\d\d?)\$([\w./]{22})\$([\w./]{31})$/;
const BCRYPT_SHA256_2 = /^\$bcrypt-sha256\$v=2,t=(2[ab]),r=(\d\d?)\$([\w./]{22})\$([\w./]{31})$/;

/**
 * What only passlib writes: PBKDF2 in its base64, and bcrypt of a digest. Its Argon2, scrypt and bcrypt are
 * as others write them.
 */
export const passlib: HashFormat = (text) => pbkdf2(text) ?? bcryptOfDigest(text);

const pbkdf2: HashFormat = (text) => {
  const match = PBKDF2.exec(text) ?? LDAP_PBKDF2.exec(text);
  if (!match) return undefined;
  const [, digest = 'sha1', iterations, salt = '', hash = ''] = match;
  const bytes = [salt, hash].map(fromPasslibBase64);
  const name = digest.toLowerCase() as Pbkdf2Digest;
  return storedPbkdf2(name, Number(iterations), bytes[0], bytes[1]);
};

const bcryptOfDigest: HashFormat = (text) => {
  const [first, second] = [BCRYPT_SHA256_1.exec(text), BCRYPT_SHA256_2.exec(text)];
  const match = first ?? second;
  if (!match) return undefined;
  const [, version, cost = '', salt, hash] = match;
  const bcrypt = `$${version}$${cost.padStart(2, '0')}$${salt}${hash}`;
  return storedBcrypt(bcrypt, first ? 'bcrypt-base64-sha256' : 'bcrypt-base64-hmac-sha256');
};
