import { deserialize, serialize } from '@phc/format';
import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import {
  kindOfPhc,
  likenessOfPhc,
  type HashFunction,
  type PasswordVerifier,
} from './hash-function.js';

const derive = promisify(pbkdf2);

const ID = 'pbkdf2-sha256';

/** OWASP Password Storage Cheat Sheet, for sites that must use FIPS 140 functions. */
const ITERATIONS = 600_000;
const SALT_BYTES = 16;
const HASH_BYTES = 32;

/** PBKDF2-HMAC-SHA256 (RFC 8018 §5.2), computed on Node's worker threads. */
export const pbkdf2Sha256: HashFunction = {
  ...verifierOf('sha256'),
  id: ID,
  maxWaiting: 24,
  // A salt of 16 bytes and a hash of 32.
  example: `$${ID}$i=${ITERATIONS}$${'A'.repeat(22)}$${'A'.repeat(43)}`,

  async hash(password) {
    const salt = randomBytes(SALT_BYTES);
    const hash = await derive(password, salt, ITERATIONS, HASH_BYTES, 'sha256');
    return serialize({ id: ID, params: { i: ITERATIONS }, salt, hash });
  },

  isCurrent: (encoded) => encoded.startsWith(`$${ID}$i=${ITERATIONS}$`),
};

/** PBKDF2-HMAC-SHA1, for imported accounts: replaced at the next log-in. */
export const pbkdf2Sha1 = verifierOf('sha1');

/** PBKDF2-HMAC-SHA512, for imported accounts: replaced at the next log-in. */
export const pbkdf2Sha512 = verifierOf('sha512');

function verifierOf(digest: string): PasswordVerifier {
  const id = `pbkdf2-${digest}`;
  return {
    id,
    isOwn: (encoded) => encoded.startsWith(`$${id}$`),
    kindOf: kindOfPhc,
    likenessOf: likenessOfPhc,

    async verify(encoded, password) {
      const { params, salt, hash } = deserialize(encoded);
      const iterations = params?.i;
      if (typeof iterations !== 'number' || !salt || !hash) throw new Error('Not a PBKDF2 hash');
      return timingSafeEqual(await derive(password, salt, iterations, hash.length, digest), hash);
    },
  };
}
