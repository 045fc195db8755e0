import { hash as bcryptHash } from '@node-rs/bcrypt';
import * as fc from 'fast-check';
import { Env } from '../../src/config/env.js';
import { importedHash } from '../../src/users/passwords/imported-hash.js';
import { PasswordHasher } from '../../src/users/passwords/password-hasher.js';
import { fuzzing } from '../support/fuzzing.js';
import { noMetrics } from '../support/metrics.js';

const RUNS = 500;

const BCRYPT_CHARACTERS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

const number = (max: number) =>
  fc
    .tuple(fc.constantFrom('', '', '', '0'), fc.integer({ min: 0, max }))
    .map(([zeros, value]) => `${zeros}${value}`);

const base64 = (minLength: number, maxLength: number) =>
  fc
    .uint8Array({ minLength, maxLength })
    .map((bytes) => Buffer.from(bytes).toString('base64').replaceAll('=', ''));

const salt = fc.oneof(base64(3, 12), base64(3, 65));
const hash = base64(15, 65);

const argon2id = fc
  .tuple(number(99), number(3), number(4), salt, hash)
  .map(([m, t, p, ...last]) => `$argon2id$v=19$m=${m},t=${t},p=${p}$${last.join('$')}`);
const pbkdf2 = fc
  .tuple(number(99), fc.option(number(99)), salt, hash)
  .map(([i, l, ...last]) => `$pbkdf2-sha256$i=${i}${l ? `,l=${l}` : ''}$${last.join('$')}`);

const pbkdf2OfDjango = fc
  .tuple(fc.constantFrom('sha1', 'sha256', 'sha512'), number(99), fc.string(), hash)
  .map(([digest, ...rest]) => `pbkdf2_${digest}$${rest.join('$')}`);
const scryptOfWerkzeug = fc
  .tuple(fc.nat(9), fc.nat(3), fc.nat(3), fc.string({ minLength: 3 }), base64(15, 65))
  .map(([logN, r, p, text, encoded]) => {
    const hex = Buffer.from(encoded, 'base64').toString('hex');
    return `scrypt:${2 ** logN}:${r}:${p}$${text}$${hex}`;
  });
const firebase = fc
  .tuple(fc.integer({ min: 1, max: 9 }), number(3), base64(0, 9), base64(15, 65), salt, hash)
  .map(
    ([n, r, ss, sk, ...last]) =>
      `$fbscrypt$v=1,n=${n},r=${r},p=1,ss=${ss},sk=${sk}$${last.join('$')}`,
  );
/** Of the same length, as nearly all that is accepted. */
const firebaseOfOneLength = fc
  .tuple(firebase, base64(32, 32), base64(32, 32))
  .map(([text, key, encrypted]) =>
    text.replace(/sk=[^$]*/, `sk=${key}`).replace(/[^$]*$/, encrypted),
  );

describe('An imported hash', () => {
  const hasher = new PasswordHasher(Env.load({}), noMetrics);

  it.each([
    ['argon2id', argon2id],
    ['pbkdf2', pbkdf2],
    ['pbkdf2 of Django', pbkdf2OfDjango],
    ['scrypt of Werkzeug', scryptOfWerkzeug],
    ['scrypt of Firebase', fc.oneof(firebase, firebaseOfOneLength)],
  ])('of %s that is accepted can be verified', async (_, texts) => {
    let accepted = 0;
    const isVerified = fc.asyncProperty(texts, async (text) => {
      const result = importedHash(text);
      if ('refusal' in result) return;
      accepted += 1;
      expect(importedHash(result.hash)).toEqual(result);
      expect(result.hash.length).toBeLessThanOrEqual(255);
      expect(await hasher.verify(result.hash, 'correct horse')).toBe(false);
    });
    await fc.assert(isVerified, fuzzing(RUNS));
    expect(accepted).toBeGreaterThan(0);
  });

  it('is refused in one line, and in milliseconds, if it is any text', () => {
    const texts = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 300 }),
      fc
        .array(
          fc.constantFrom('$', '{', '}', ':', 'scrypt', 'pbkdf2', 'bcrypt', '2b', 'A', '=', '1'),
        )
        .map((parts) => parts.join('')),
    );
    const isRefused = fc.property(texts, (text) => {
      const result = importedHash(text);
      expect('refusal' in result && result.refusal).toMatch(/^[ -~’]+$/);
    });
    fc.assert(isRefused, fuzzing(RUNS));
    const started = performance.now();
    for (const part of ['{CRYPT}', '$', 'A', 'pbkdf2_sha256$1$', '0f', '$scrypt$ln=1,']) {
      expect(importedHash(part.repeat(20_000))).toHaveProperty('refusal');
    }
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  it('of bcrypt is accepted in the one spelling with which the password logs in', async () => {
    const made = await bcryptHash('correct horse', 4);
    for (const index of [28, 59]) {
      const texts = Array.from(BCRYPT_CHARACTERS).map(
        (character) => made.slice(0, index) + character + made.slice(index + 1),
      );
      const accepted = texts.filter((text) => 'hash' in importedHash(text));
      // Those that differ in the bits that are used are hashes of other passwords, or with other salts.
      expect(accepted).toHaveLength(index === 28 ? 4 : 16);
      expect(accepted).toContain(made);
      expect(await hasher.verify(made, 'correct horse')).toBe(true);
    }
  });
});
