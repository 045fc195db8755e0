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

describe('An imported hash', () => {
  const hasher = new PasswordHasher(Env.load({}), noMetrics);

  it.each([
    ['argon2id', argon2id],
    ['pbkdf2', pbkdf2],
  ])('of %s that is accepted can be verified', async (_, texts) => {
    let accepted = 0;
    const isVerified = fc.asyncProperty(texts, async (text) => {
      const result = importedHash(text);
      if ('refusal' in result) return;
      accepted += 1;
      expect(await hasher.verify(result.hash, 'correct horse')).toBe(false);
    });
    await fc.assert(isVerified, fuzzing(RUNS));
    expect(accepted).toBeGreaterThan(0);
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
