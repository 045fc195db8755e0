import { createHash, createHmac } from 'node:crypto';
import { bcrypt } from './bcrypt.js';
import type { PasswordVerifier } from './hash-function.js';

/** Django's `bcrypt_sha256`: bcrypt of the SHA-256 of the password, in hexadecimal. */
export const bcryptOfHexSha256 = bcryptOf('bcrypt-hex-sha256', (password) =>
  createHash('sha256').update(password).digest('hex'),
);

/** The first version of passlib's `bcrypt-sha256`: bcrypt of the SHA-256 of the password, in base64. */
export const bcryptOfBase64Sha256 = bcryptOf('bcrypt-base64-sha256', (password) =>
  createHash('sha256').update(password).digest('base64'),
);

/** The second one: bcrypt of the HMAC-SHA256 of the password under the salt's characters, in base64. */
export const bcryptOfBase64HmacSha256 = bcryptOf('bcrypt-base64-hmac-sha256', (password, salt) =>
  createHmac('sha256', salt).update(password).digest('base64'),
);

const SALT_CHARACTERS = 22;

/**
 * bcrypt of a digest of the password, for imported accounts: replaced at the next log-in. A stored hash is
 * a bcrypt string behind the id. All bytes of the password count, as a digest is shorter than 72.
 */
function bcryptOf(
  id: string,
  digest: (password: string, salt: string) => string,
): PasswordVerifier {
  const prefix = `$${id}`;
  const inner = (hash: string) => hash.slice(prefix.length);
  return {
    id,
    isOwn: (hash) => hash.startsWith(`${prefix}$`) && bcrypt.isOwn(inner(hash)),
    kindOf: (hash) => prefix + bcrypt.kindOf(inner(hash)),
    likenessOf: (hash) => prefix + bcrypt.likenessOf(inner(hash)),
    verify(hash, password) {
      const salt = hash.slice(hash.lastIndexOf('$') + 1).slice(0, SALT_CHARACTERS);
      return bcrypt.verify(inner(hash), digest(password, salt));
    },
  };
}
