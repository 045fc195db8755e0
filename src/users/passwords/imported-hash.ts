import { aspNetIdentity } from './formats/aspnet-identity.js';
import { betterAuth } from './formats/better-auth.js';
import { django } from './formats/django.js';
import { dovecot } from './formats/dovecot.js';
import { gotrueFirebase } from './formats/firebase.js';
import { passlib } from './formats/passlib.js';
import { phcOrBcrypt } from './formats/phc.js';
import { refusalOf } from './formats/refused-kinds.js';
import { spring } from './formats/spring.js';
import type { HashFormat, ImportedHash } from './formats/stored-form.js';
import { werkzeug } from './formats/werkzeug.js';

/** No text is of two of them. */
const FORMATS: readonly HashFormat[] = [
  ...[phcOrBcrypt, passlib, django, werkzeug, spring, dovecot],
  ...[aspNetIdentity, betterAuth, gotrueFirebase],
];

/** What Spring, Dovecot and LDAP write before a text that tells by itself what it is. */
const LABEL =
  /^\{(?:bcrypt|BLF-CRYPT|CRYPT|(?:MD5|DES|SHA256|SHA512)-CRYPT|ARGON2|ARGON2ID?|scrypt|(?:argon2|scrypt)@SpringSecurity_v5_8)\}/i;

/**
 * The stored form of a hash that another system wrote as one text, in the format of this system. A salt is
 * text or bytes as the format says: see docs/guides/moving-users.md.
 */
export function importedHash(text: string): ImportedHash {
  const unlabelled = text.replace(LABEL, '');
  for (const read of FORMATS) {
    const imported = read(unlabelled);
    if (imported) return imported;
  }
  return { refusal: refusalOf(unlabelled) };
}
