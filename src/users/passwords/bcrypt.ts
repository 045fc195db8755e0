import { randomBytes } from 'node:crypto';
import type { PasswordVerifier } from './hash-function.js';

/** The version, the cost, and 22 characters of salt before 31 of hash. */
const BCRYPT = /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/;

/**
 * bcrypt, for imported accounts: computed on Node's worker threads, and replaced at the next log-in. It
 * takes 72 bytes of a password and no more, as whatever made the hash did.
 */
export const bcrypt: PasswordVerifier = {
  id: 'bcrypt',
  isOwn: (hash) => BCRYPT.test(hash),
  kindOf: (hash) => hash.slice(0, hash.lastIndexOf('$')),
  // The last characters of the salt and of the hash have bits to spare, which are zero in a dot.
  likenessOf: (hash) => `${bcrypt.kindOf(hash)}$${characters(21)}.${characters(30)}.`,

  async verify(hash, password) {
    // Most services have none of these hashes.
    const { verify } = await import('@node-rs/bcrypt');
    return verify(password, hash);
  },
};

/** Random characters of bcrypt's alphabet. */
function characters(count: number): string {
  return randomBytes(count).toString('base64url').slice(0, count).replace(/[-_]/g, '/');
}
