import { fromHex } from './encodings.js';
import { storedScrypt, type HashFormat } from './stored-form.js';

const SALT_AND_KEY = /^([0-9a-f]{32}):([0-9a-f]{128})$/;
const PARAMETERS = { logN: 14, r: 16, p: 1 };

/**
 * What better-auth and Lucia write: the salt's hexadecimal digits, which scrypt takes as text, and its key.
 * The parameters are always the same ones.
 */
export const betterAuth: HashFormat = (text) => {
  const [, salt, key] = SALT_AND_KEY.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  return storedScrypt('scrypt-nfkc', PARAMETERS, Buffer.from(salt), fromHex(key));
};
