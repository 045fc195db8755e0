import { fromHex } from './encodings.js';
import { storedPbkdf2, type HashFormat } from './stored-form.js';

const PBKDF2 = /^\{PBKDF2\}\$1\$([^$]+)\$(\d{1,10})\$([0-9a-f]+)$/i;

/** Dovecot's PBKDF2, which is of SHA-1, with the salt as text. Its bcrypt and Argon2 are as others write them. */
export const dovecot: HashFormat = (text) => {
  const match = PBKDF2.exec(text);
  if (!match) return undefined;
  const [, salt = '', iterations, hash = ''] = match;
  return storedPbkdf2('sha1', Number(iterations), Buffer.from(salt), fromHex(hash));
};
