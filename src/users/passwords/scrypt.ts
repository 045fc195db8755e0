import { deserialize } from '@phc/format';
import { createCipheriv, scrypt as scryptOfNode, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { kindOfPhc, likenessOfPhc, type PasswordVerifier } from './hash-function.js';

const derive = promisify<string, Buffer, number, object, Buffer>(scryptOfNode);

/** What Node may take beyond the memory of RFC 7914, in blocks. */
const SPARE_BLOCKS = 16;

/** scrypt (RFC 7914), for imported accounts: computed on Node's worker threads, and replaced at the next log-in. */
export const scrypt = verifierOf('scrypt', (password, derived) => derived(password));

/** scrypt of the password in NFKC, as better-auth and Lucia have it. */
export const scryptNfkc = verifierOf('scrypt-nfkc', (password, derived) =>
  derived(password.normalize('NFKC')),
);

const AES_KEY_BYTES = 32;
const FIRST_COUNTER = Buffer.alloc(16);

/**
 * Firebase's scrypt: AES-256-CTR under a key that scrypt makes of the password. The stored hash is the
 * keystream: see `fromFirebase`.
 */
export const firebaseScrypt = verifierOf('firebase-scrypt', async (password, derived, length) => {
  const key = await derived(password, AES_KEY_BYTES);
  return createCipheriv('aes-256-ctr', key, FIRST_COUNTER).update(Buffer.alloc(length));
});

/** scrypt with the parameters of one stored hash, and of its length if not said otherwise, in bytes. */
type Derived = (password: string, length?: number) => Promise<Buffer>;

/** @param hashOf makes a hash of `length` bytes with the parameters of the stored one */
function verifierOf(
  id: string,
  hashOf: (password: string, derived: Derived, length: number) => Promise<Buffer>,
): PasswordVerifier {
  return {
    id,
    isOwn: (encoded) => encoded.startsWith(`$${id}$`),
    kindOf: kindOfPhc,
    likenessOf: likenessOfPhc,

    async verify(encoded, password) {
      const { params, salt, hash } = deserialize(encoded);
      const [logN, r, p] = [params?.ln, params?.r, params?.p].map(Number);
      if (!logN || !r || !p || !salt || !hash) throw new Error('Not a scrypt hash');
      const N = 2 ** logN;
      const options = { N, r, p, maxmem: 128 * r * (N + p + SPARE_BLOCKS) };
      const derived: Derived = (text, length = hash.length) => derive(text, salt, length, options);
      return timingSafeEqual(await hashOf(password, derived, hash.length), hash);
    },
  };
}
