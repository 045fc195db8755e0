import { fromAnyBase64 } from './encodings.js';
import { storedScrypt, type HashFormat, type ImportedHash } from './stored-form.js';

/** A password of an export of Firebase Authentication, and the hash parameters of its project. */
export interface FirebasePassword {
  /** Of the user, in base64 or base64url. */
  readonly passwordHash: string;
  /** Of the user, in base64 or base64url. */
  readonly salt: string;
  /** `base64_signer_key` of the project. */
  readonly signerKey: string;
  /** `base64_salt_separator` of the project; may be empty. */
  readonly saltSeparator: string;
  /** `rounds` of the project: scrypt's r. */
  readonly rounds: number;
  /** `mem_cost` of the project: two to this power is scrypt's N. */
  readonly memCost: number;
}

/** As Supabase's GoTrue writes a password of Firebase. */
const GOTRUE =
  /^\$fbscrypt\$v=1,n=(\d{1,2}),r=(\d{1,2}),p=1(?:,ss=([\w+/=-]*))?,sk=([\w+/=-]+)\$([\w+/=-]+)\$([\w+/=-]+)$/;

/**
 * The stored form of a password of Firebase.
 *
 * Firebase encrypts the project's signer key by AES-256-CTR, under the key that scrypt makes of the password.
 * In this mode the encrypted text is the key combined with a keystream by XOR. So what is stored is the
 * keystream, and the signer key, a secret of the project, is in no database.
 */
export function fromFirebase(password: FirebasePassword): ImportedHash {
  const { rounds, memCost } = password;
  const signerKey = fromAnyBase64(password.signerKey);
  const encrypted = fromAnyBase64(password.passwordHash);
  const salt = fromAnyBase64(password.salt);
  const separator = fromAnyBase64(password.saltSeparator);
  if (!signerKey || !encrypted || !salt || !separator) {
    return { refusal: 'has a part, or a parameter of its project, that is no base64' };
  }
  if (encrypted.length !== signerKey.length) {
    return { refusal: 'is not as long as the signer key: is that the key of its project?' };
  }
  const keystream = encrypted.map((byte, index) => byte ^ (signerKey[index] ?? 0));
  const parameters = { logN: memCost, r: rounds, p: 1 };
  const fullSalt = Buffer.concat([salt, separator]);
  return storedScrypt('firebase-scrypt', parameters, fullSalt, Buffer.from(keystream));
}

/** A password of Firebase with the parameters of its project, as Supabase keeps them. */
export const gotrueFirebase: HashFormat = (text) => {
  const match = GOTRUE.exec(text);
  if (!match) return undefined;
  const [, memCost, rounds, saltSeparator = '', signerKey = '', salt = '', passwordHash = ''] =
    match;
  const project = { signerKey, saltSeparator, rounds: Number(rounds), memCost: Number(memCost) };
  return fromFirebase({ passwordHash, salt, ...project });
};
