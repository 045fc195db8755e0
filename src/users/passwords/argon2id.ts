import { hash, verify } from '@node-rs/argon2';
import { kindOfPhc, likenessOfPhc, type HashFunction } from './hash-function.js';

/** OWASP Password Storage Cheat Sheet: 19 MiB of memory, two passes, one lane. */
const PARAMETERS = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 };

const CURRENT_PREFIX =
  `$argon2id$v=19$m=${PARAMETERS.memoryCost},` +
  `t=${PARAMETERS.timeCost},p=${PARAMETERS.parallelism}$`;

/** Argon2id (RFC 9106), computed on Node's worker threads. */
export const argon2id: HashFunction = {
  id: 'argon2id',
  maxWaiting: 64,
  // A salt of 16 bytes and a hash of 32.
  example: `${CURRENT_PREFIX}${'A'.repeat(22)}$${'A'.repeat(43)}`,
  isOwn: (encoded) => encoded.startsWith('$argon2id$'),
  kindOf: kindOfPhc,
  likenessOf: likenessOfPhc,
  hash: (password) => hash(password, PARAMETERS),
  verify: (encoded, password) => verify(encoded, password),
  isCurrent: (encoded) => encoded.startsWith(CURRENT_PREFIX),
};
