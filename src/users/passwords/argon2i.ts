import { verify } from '@node-rs/argon2';
import { kindOfPhc, likenessOfPhc, type PasswordVerifier } from './hash-function.js';

/** Argon2i (RFC 9106), for imported accounts: replaced at the next log-in. */
export const argon2i: PasswordVerifier = {
  id: 'argon2i',
  isOwn: (encoded) => encoded.startsWith('$argon2i$'),
  kindOf: kindOfPhc,
  likenessOf: likenessOfPhc,
  verify: (encoded, password) => verify(encoded, password),
};
