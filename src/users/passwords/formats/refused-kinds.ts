/** A kind of hash that is not taken over, and the texts that are of it. */
type Kind = readonly [name: string, pattern: RegExp];

/** Of other functions than Node and the libraries have, or so fast that they protect no password. */
const KINDS: readonly Kind[] = [
  ['MD5-crypt', /^\$1\$/],
  ['Apache’s MD5-crypt (apr1)', /^\$apr1\$/],
  ['SHA-256-crypt', /^\$5\$/],
  ['SHA-512-crypt', /^\$6\$/],
  ['yescrypt', /^\$g?y\$/],
  ['scrypt as crypt(3) writes it', /^\$7\$/],
  ['Sun’s MD5-crypt', /^\$md5[$,]/],
  ['SHA-1-crypt', /^\$sha1\$/],
  ['NTLM', /^\$(?:NT|3)\$|^\{(?:NTLM|LANMAN)\}/i],
  ['phpass (WordPress before 6.8, phpBB)', /^\$[PH]\$/],
  ['bcrypt of SHA-384 (WordPress since 6.8)', /^\$wp\$2y\$/],
  ['Drupal’s SHA-512', /^U?\$S\$/],
  ['bcrypt with the faults of version 2x, or of version 2', /^\$2x?\$/],
  ['Argon2d', /^(?:argon2)?\$argon2d\$/],
  ['Argon2 before version 1.3', /^(?:argon2)?\$argon2id?\$(?!v=19\$)/],
  ['SCRAM', /^\$scram\$|^\{SCRAM-SHA-\d+\}|^SCRAM-SHA-\d+\$/i],
  ['PBKDF2 as CTA and dlitz write it (p5k2)', /^\$p5k2\$/],
  ['PBKDF2 as GRUB writes it', /^grub\.pbkdf2\./],
  ['PBKDF2 in a form or of a digest that is not known', /^pbkdf2[:_]|^\$pbkdf2-|^\{PBKDF2/i],
  ['scrypt in a form that is not known', /^\$?scrypt[$:-]/],
  ['Atlassian’s PBKDF2 (PKCS5S2)', /^\{PKCS5S2\}/],
  ['Spring’s salted SHA', /^\{(?:SHA-1|SHA-256|sha256)\}/],
  ['salted SHA of LDAP (SSHA)', /^\{SSHA\d*(?:\.\w+)?\}|^\{ldap\}\{SSHA/i],
  ['salted MD5 of LDAP (SMD5)', /^\{SMD5(?:\.\w+)?\}/i],
  ['unsalted SHA of LDAP or htpasswd -s', /^\{SHA(?:1|256|512)?(?:\.\w+)?\}[\w+/]+=*$/i],
  ['unsalted MD5 or MD4', /^\{(?:PLAIN-|LDAP-)?MD[45](?:\.\w+)?\}/i],
  ['CRAM-MD5, DIGEST-MD5 or OTP', /^\{(?:CRAM-MD5|HMAC-MD5|DIGEST-MD5|OTP|SKEY)\}/i],
  [
    'no hash but the password itself',
    /^\{(?:noop|PLAIN|CLEAR|CLEARTEXT|PLAIN-TRUNC|plaintext)\}|^plain\$\$/i,
  ],
  ['Django’s crypt', /^crypt\$/],
  ['MD5 of Django or Werkzeug', /^(?:unsalted_)?md5\$/],
  ['SHA of Django or Werkzeug', /^(?:unsalted_)?sha(?:1|224|256|384|512)\$/],
  ['salted MD5 (Joomla, osCommerce)', /^[0-9a-f]{32}:[ -~]{1,64}$/i],
  ['MySQL’s password function', /^\*[0-9A-F]{40}$/i],
  ['PostgreSQL’s MD5', /^md5[0-9a-f]{32}$/],
  ['unsalted MD5 or NTLM', /^[0-9a-f]{32}$/i],
  ['unsalted SHA-1', /^[0-9a-f]{40}$/i],
  ['unsalted SHA-224', /^[0-9a-f]{56}$/i],
  ['unsalted SHA-256', /^[0-9a-f]{64}$/i],
  ['unsalted SHA-384', /^[0-9a-f]{96}$/i],
  ['unsalted SHA-512', /^[0-9a-f]{128}$/i],
  ['BSDi’s DES-crypt', /^_[\w./]{19}$/],
  ['DES-crypt', /^[\w./]{13}$/],
];

/** Django writes `!` before random characters, and /etc/shadow `*` or `!`. */
const NO_PASSWORD = /^(?:[!*]|!.{40}|!!)$/;

/**
 * Why a hash is not taken over, as the end of "the password's hash …": which kind it is, if that is known, and
 * what to do.
 */
export function refusalOf(text: string): string {
  if (NO_PASSWORD.test(text)) return `says that no password logs in: ${ADVICE}`;
  const [kind] = KINDS.find(([, pattern]) => pattern.test(text)) ?? [];
  if (kind !== undefined) return `is ${kind}, which is not taken over: ${ADVICE}`;
  return 'is of no known kind: docs/guides/moving-users.md has the kinds that are taken over';
}

const ADVICE = 'create the account with a new password (gatehouse users create)';
