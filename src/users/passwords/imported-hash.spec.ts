import { readFileSync } from 'node:fs';
import { Env } from '../../config/env.js';
import { noMetrics } from '../../../test/support/metrics.js';
import { fromFirebase } from './formats/firebase.js';
import { fromKeycloak } from './formats/keycloak.js';
import { fromSaltedPbkdf2 } from './formats/salted-pbkdf2.js';
import type { ImportedHash } from './formats/stored-form.js';
import { importedHash } from './imported-hash.js';
import { PasswordHasher } from './password-hasher.js';

const PASSWORD = 'Hafen-Mole 27';

interface Row {
  username: string;
  password?: string;
  password_hash: string;
}

function rowsOf(file: string): Row[] {
  const lines = readFileSync(`test/cli/fixtures/hashes/${file}.jsonl`, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Row);
}

function hashOf(imported: ImportedHash): string {
  if ('refusal' in imported) throw new Error(imported.refusal);
  return imported.hash;
}

const refusalOf = (imported: ImportedHash) => ('refusal' in imported ? imported.refusal : '');

const hasher = new PasswordHasher(Env.load({}), noMetrics);

/** How many characters the column has. */
const MAX_CHARACTERS = 255;

/** Cheap ones: `test/cli/import-hashes.spec.ts` logs in with all the others. */
const VERIFIED = [
  ...rowsOf('published'),
  ...rowsOf('debian-accepted').filter(({ username }) =>
    /sha256-1|bcrypt-sha256$|passlib-pbkdf2|ldap|dovecot-pbkdf2|spring/.test(username),
  ),
  ...rowsOf('hashes-same-functions').filter(({ username }) => username === 'passlib-dots'),
];

describe('A hash of another system', () => {
  it.each(VERIFIED.map((row) => [row.username, row] as const))(
    'is verified, taken again as it is stored, and has a likeness of its kind: %s',
    async (_, { password = PASSWORD, password_hash }) => {
      const hash = hashOf(importedHash(password_hash));
      expect(hash.length).toBeLessThanOrEqual(MAX_CHARACTERS);
      expect(await hasher.verify(hash, password)).toBe(true);
      expect(await hasher.verify(hash, `${password}!`)).toBe(false);
      expect(importedHash(hash)).toEqual({ hash });
      expect(hasher.isOutdated(hash)).toBe(true);

      const likeness = hasher.likenessOf(hash);
      expect(likeness).toHaveLength(hash.length);
      expect(likeness).not.toBe(hash);
      expect(hasher.kindOf(likeness)).toBe(hasher.kindOf(hash));
      expect(await hasher.verify(likeness, password)).toBe(false);
    },
  );

  it.each(
    ['hashes-accepted', 'hashes-same-functions', 'debian-accepted'].flatMap((file) =>
      rowsOf(file).map((row) => [row.username, row] as const),
    ),
  )('is stored in the one form of its function: %s', (_, { password_hash }) => {
    expect(hashOf(importedHash(password_hash))).toMatch(
      /^(\$argon2(id|i)\$v=19\$m=\d+,t=\d+,p=\d+\$|\$pbkdf2-sha(1|256|512)\$i=\d+\$|\$scrypt\$ln=\d+,r=\d+,p=\d+\$)[\w+/]+\$[\w+/]+$|^(\$bcrypt-(hex-sha256|base64-(hmac-)?sha256))?\$2[aby]\$\d\d\$[\w./]{53}$/,
    );
  });

  it.each([
    ['debian-django-md5', 'MD5 of Django or Werkzeug'],
    ['debian-django-sha1', 'SHA of Django or Werkzeug'],
    ['debian-django-unsalted-md5', 'unsalted MD5 or NTLM'],
    ['debian-django-unsalted-sha1', 'SHA of Django or Werkzeug'],
    ['debian-django-crypt', 'Django’s crypt'],
    ['debian-werkzeug-sha256', 'SHA of Django or Werkzeug'],
    ['debian-werkzeug-plain', 'no hash but the password itself'],
    ['debian-passlib-md5-crypt', 'MD5-crypt'],
    ['debian-passlib-sha256-crypt', 'SHA-256-crypt'],
    ['debian-passlib-sha512-crypt', 'SHA-512-crypt'],
    ['debian-passlib-sha1-crypt', 'SHA-1-crypt'],
    ['debian-passlib-sun-md5', 'Sun’s MD5-crypt'],
    ['debian-passlib-des-crypt', 'DES-crypt'],
    ['debian-passlib-bsdi-crypt', 'BSDi’s DES-crypt'],
    ['debian-passlib-phpass', 'phpass (WordPress before 6.8, phpBB)'],
    ['debian-passlib-ssha', 'salted SHA of LDAP (SSHA)'],
    ['debian-passlib-ssha512', 'salted SHA of LDAP (SSHA)'],
    ['debian-passlib-smd5', 'salted MD5 of LDAP (SMD5)'],
    ['debian-passlib-nthash', 'unsalted MD5 or NTLM'],
    ['debian-passlib-mysql', 'MySQL’s password function'],
    ['debian-passlib-postgres', 'PostgreSQL’s MD5'],
    ['debian-passlib-atlassian', 'Atlassian’s PBKDF2 (PKCS5S2)'],
    ['debian-passlib-grub', 'PBKDF2 as GRUB writes it'],
    ['debian-passlib-scram', 'SCRAM'],
    ['debian-passlib-dlitz', 'PBKDF2 as CTA and dlitz write it (p5k2)'],
    ['debian-passlib-argon2d', 'Argon2d'],
    ['debian-dovecot-sha512-crypt', 'SHA-512-crypt'],
    ['debian-dovecot-md5-crypt', 'MD5-crypt'],
    ['debian-dovecot-sha', 'unsalted SHA of LDAP or htpasswd -s'],
    ['debian-dovecot-plain-md5', 'unsalted MD5 or MD4'],
    ['debian-dovecot-scram', 'SCRAM'],
    ['debian-dovecot-cram-md5', 'CRAM-MD5, DIGEST-MD5 or OTP'],
    ['debian-dovecot-plain', 'no hash but the password itself'],
    ['debian-htpasswd-md5', 'Apache’s MD5-crypt (apr1)'],
    ['debian-htpasswd-sha', 'unsalted SHA of LDAP or htpasswd -s'],
  ])('is refused by the name of its kind, with what to do: %s', (username, kind) => {
    const row = rowsOf('debian-refused').find((each) => each.username === username);
    expect(importedHash(row?.password_hash ?? '')).toEqual({
      refusal:
        `is ${kind}, which is not taken over: ` +
        'create the account with a new password (gatehouse users create)',
    });
  });

  it.each([
    ['{ldap}{SSHA}EVLa+gSdD4orPmmXaqgWirAr1qYJwZjT', 'salted SHA of LDAP (SSHA)'],
    ['{SSHA256.HEX}00', 'salted SHA of LDAP (SSHA)'],
    ['{noop}secret', 'no hash but the password itself'],
    ['{sha256}97cde38028ad898ebc02e690819fa220e88c62e0', 'Spring’s salted SHA'],
    ['{MD5}{salt}601b260af9079f912c1d4b0a718d6068', 'unsalted MD5 or MD4'],
    ['601b260af9079f912c1d4b0a718d6068:hT5x', 'salted MD5 (Joomla, osCommerce)'],
    ['$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o', 'yescrypt'],
    ['$7$CU..../....2Q9obwLhin8qvQl6sisAO/$', 'scrypt as crypt(3) writes it'],
    ['$S$DkIkdKLIvRK0iVHm99X7B/M8QC17E1Tp/kMOd1Ie8V/PgWjtAZld', 'Drupal’s SHA-512'],
    ['$wp$2y$10$7UgBcyHkGhL3hL0', 'bcrypt of SHA-384 (WordPress since 6.8)'],
    ['$H$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0', 'phpass (WordPress before 6.8, phpBB)'],
    ['$2x$05$x', 'bcrypt with the faults of version 2x, or of version 2'],
    ['$argon2id$m=19456,t=2,p=1$c2FsdHNhbHQ$x', 'Argon2 before version 1.3'],
    ['argon2$argon2d$v=19$x', 'Argon2d'],
    ['$NT$68637b55407aa2d946eb75ed8a55c870', 'NTLM'],
    ['SCRAM-SHA-256$4096:x$y:z', 'SCRAM'],
    ['pbkdf2:md5:1000$salt$00', 'PBKDF2 in a form or of a digest that is not known'],
    ['$scrypt$N=16384$x$y', 'scrypt in a form that is not known'],
    ['0f'.repeat(32), 'unsalted SHA-256'],
  ])('is refused by the name of its kind: %s', (text, kind) => {
    expect(refusalOf(importedHash(text))).toContain(`is ${kind}, which is not taken over: `);
  });

  it.each(['!', '*', rowsOf('debian-refused')[5]?.password_hash ?? ''])(
    'is refused if it says that no password logs in: %s',
    (text) => expect(refusalOf(importedHash(text))).toMatch(/^says that no password logs in: /),
  );

  it.each(['', 'Hafen-Mole 27', '{bcrypt}', '$md5', '{vendor}x', `${'0f'.repeat(16)}:00`])(
    'is refused if its kind is not known, without what it says: %s',
    (text) => expect(refusalOf(importedHash(text))).toMatch(/^is (of no known kind: docs|salted)/),
  );

  it.each([
    ['scrypt:131072:64:1$saltsalt$' + '00'.repeat(32), /^would take more than \d+ MiB/],
    ['scrypt:2:1:900000000$saltsalt$' + '00'.repeat(32), /^would take more than \d+ MiB/],
    ['scrypt:16384:8:64$saltsalt$' + '00'.repeat(32), /^would take too long/],
    ['scrypt:65536:1:1$saltsalt$' + '00'.repeat(32), /parameters that scrypt does not know/],
    ['scrypt:10000:8:1$saltsalt$' + '00'.repeat(32), /parameters that scrypt does not know/],
    ['scrypt:0:8:1$saltsalt$' + '00'.repeat(32), /parameters that scrypt does not know/],
    ['pbkdf2:sha512:2000001$saltsalt$' + '00'.repeat(64), /^would take too long/],
    ['pbkdf2:sha256:2000001$saltsalt$' + '00'.repeat(64), /^would take too long/],
    ['pbkdf2:sha256:0$saltsalt$' + '00'.repeat(32), /number of iterations that is none/],
    ['pbkdf2:sha256:1000$sal$' + '00'.repeat(32), /salt of less than 4/],
    ['pbkdf2:sha256:1000$saltsalt$' + '00'.repeat(15), /less than 16 or more than 64 bytes/],
    ['pbkdf2_sha256$1000$saltsalt$AAAA=A', /^is PBKDF2 in a form/],
    ['pbkdf2_sha256$1000$saltsalt$AAAAAAAAAAAAAAAAAAAAAB', /^is neither base64/],
    ['bcrypt_sha256$$2b$15$' + 'A'.repeat(21) + '.' + 'A'.repeat(30) + '.', /^would take too long/],
    ['bcrypt_sha256$$2b$12$AAAA', /^is no valid bcrypt hash/],
    ['$argon2id$v=19$m=7,t=1,p=1$c2FsdHNhbHQ$' + 'A'.repeat(43), /^is no valid Argon2 string/],
    [
      `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(66)}$${'A'.repeat(43)}`,
      /^is no valid Argon2 string/,
    ],
  ])('is refused if it is damaged, or costs too much: %s', (text, refusal) => {
    expect(refusalOf(importedHash(text))).toMatch(refusal);
  });
});

it('A hash of Argon2 with the longest salt that is taken can be verified', async () => {
  const longest = `$argon2id$v=19$m=8,t=1,p=1$${'A'.repeat(64)}$${'A'.repeat(43)}`;
  expect(importedHash(longest)).toEqual({ hash: longest });
  expect(await hasher.verify(longest, 'Hafen-Mole 27')).toBe(false);
});

describe('A password of Keycloak', () => {
  const salt = 'f/DR95mI4n3HLzPMmKgV0Q==';
  const argon2 = {
    algorithm: 'argon2',
    hashIterations: 5,
    additionalParameters: {
      ...{ hashLength: ['32'], memory: ['7168'], type: ['id'] },
      ...{ version: ['1.3'], parallelism: ['1'] },
    },
    value: 'rfKKT4jntbVQxeqCigoTFQ3aK8arHvEj6UXCwpLZ0kU=',
    salt,
  };

  it.each([
    {
      algorithm: 'pbkdf2-sha256',
      hashIterations: 27_500,
      value:
        '4sQgZPll/AbdZRDjvhF1g8RxGgzIQ3rnQuWTb/KRTsXJ8nBjdnxMqYlg+KeLmfLrt+5AOJZJlSly95bocu4BGw==',
      salt,
    },
    {
      algorithm: 'pbkdf2-sha512',
      hashIterations: 210_000,
      additionalParameters: {},
      value:
        'iVbjuRqENrZAqvAAeHzaN8rETsOGPIIL6WXzwIBal95hpqtfHoMtgmdXerjmj82xGoA+O2HtrA+a8NsiypeOpg==',
      salt,
    },
    argon2,
  ])('is verified: $algorithm', async (password) => {
    const hash = hashOf(fromKeycloak(password));
    expect(await hasher.verify(hash, PASSWORD)).toBe(true);
    expect(await hasher.verify(hash, 'Hafen-Mole 28')).toBe(false);
  });

  it('is refused if its algorithm, its version of Argon2 or a part is another', () => {
    expect(refusalOf(fromKeycloak({ ...argon2, algorithm: 'bcrypt' }))).toMatch(
      /^is of an algorithm that Keycloak itself does not have: /,
    );
    expect(refusalOf(fromKeycloak({ ...argon2, additionalParameters: {} }))).toBe(
      'is of Argon2 before version 1.3',
    );
    expect(refusalOf(fromKeycloak({ ...argon2, value: '!' }))).toBe('is no valid Argon2 string');
    const type = { ...argon2.additionalParameters, type: ['d'] };
    expect(refusalOf(fromKeycloak({ ...argon2, additionalParameters: type }))).toBe(
      'is no valid Argon2 string',
    );
    const pbkdf2 = { ...argon2, algorithm: 'pbkdf2' };
    expect(refusalOf(fromKeycloak({ ...pbkdf2, hashIterations: NaN }))).toMatch(/iterations/);
    expect(refusalOf(fromKeycloak({ ...pbkdf2, salt: '{}' }))).toMatch(/^is neither base64/);
  });
});

describe('A password of Firebase', () => {
  const published = {
    passwordHash:
      'lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ==',
    salt: '42xEC+ixf3L2lw==',
    signerKey:
      'jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==',
    saltSeparator: 'Bw==',
    rounds: 8,
    memCost: 14,
  };

  it('is verified without the signer key: the published one', async () => {
    const hash = hashOf(fromFirebase(published));
    expect(await hasher.verify(hash, 'user1password')).toBe(true);
    expect(await hasher.verify(hash, 'User1password')).toBe(false);
    const url = published.passwordHash.replaceAll('+', '-').replaceAll('/', '_');
    expect(fromFirebase({ ...published, passwordHash: url })).toEqual({ hash });
  });

  it('is refused if a part or a parameter will not do', () => {
    expect(refusalOf(fromFirebase({ ...published, salt: '{}' }))).toMatch(/is no base64/);
    expect(refusalOf(fromFirebase({ ...published, signerKey: 'AAAA' }))).toMatch(
      /^is not as long as the signer key/,
    );
    expect(refusalOf(fromFirebase({ ...published, memCost: 0 }))).toMatch(/scrypt does not know/);
    expect(refusalOf(fromFirebase({ ...published, memCost: 20 }))).toMatch(/MiB of memory/);
  });
});

describe('A salt in a field of its own', () => {
  const rows = readFileSync('test/cli/fixtures/hashes/salt-is-text.jsonl', 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { salt: string; hash: string; iterations: number });

  it.each(rows)('is text or bytes as is said, and asked for otherwise: $salt', async (row) => {
    const asText = hashOf(fromSaltedPbkdf2({ ...row, saltIs: 'text' }));
    expect(await hasher.verify(asText, PASSWORD)).toBe(true);
    const asBytes = hashOf(fromSaltedPbkdf2({ ...row, saltIs: 'bytes' }));
    expect(await hasher.verify(asBytes, PASSWORD)).toBe(false);
    expect(fromSaltedPbkdf2({ ...row, saltIs: undefined })).toEqual({
      refusal:
        'has a salt that could be text or bytes: say which it is with --salt-is, or in a field salt_is',
    });
  });
});
