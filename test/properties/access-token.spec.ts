import { JwtService } from '@nestjs/jwt';
import * as fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { Env } from '../../src/config/env.js';
import { DomainError } from '../../src/problems/errors.js';
import { AccessTokens } from '../../src/tokens/access-token.js';
import { nowSeconds } from '../../src/tokens/clock.js';
import { newToken } from '../contract/tokens.js';
import { fuzzing } from '../support/fuzzing.js';
import { secretKeys } from '../support/token-keys.js';

const RUNS = 2_000;

const tokens = new AccessTokens(
  new JwtService({}),
  Env.load({ PUBLIC_URL: 'https://auth.example.com' }),
  secretKeys(randomBytes(48)),
);

const genuine = tokens.sign(
  newToken(0, {
    userId: 7,
    username: 'juliet',
    sessionId: 'the-session',
    jti: 'the-token',
    authTimeSeconds: nowSeconds() - 500,
    issuedAtSeconds: nowSeconds() - 100,
    expiresAtSeconds: nowSeconds() + 2000,
    sessionEndsAtSeconds: nowSeconds() + 9000,
  }),
);

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=. ';

/** Whether a text is taken for a token of ours; anything but the one refusal is a failure. */
function isAccepted(text: string): boolean {
  try {
    tokens.verify(text);
    return true;
  } catch (error) {
    if (error instanceof DomainError && error.code === 'token-invalid') return false;
    throw error;
  }
}

describe('A genuine token', () => {
  it('is accepted as it is', () => expect(isAccepted(genuine)).toBe(true));

  it('is refused with any one of its characters changed to any other', () => {
    const accepted: string[] = [];
    for (let at = 0; at < genuine.length; at++) {
      for (const character of ALPHABET) {
        const changed = genuine.slice(0, at) + character + genuine.slice(at + 1);
        if (changed !== genuine && isAccepted(changed)) accepted.push(`${at} ${character}`);
      }
    }
    expect(accepted).toEqual([]);
  });

  it.each([
    ['header', 0],
    ['payload', 1],
    ['signature', 2],
  ])('is refused with any one byte of its %s changed', (_, part) => {
    const parts = genuine.split('.');
    const bytes = Buffer.from(parts[part] ?? '', 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, mask) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= mask;
        const text = parts.with(part, changed.toString('base64url')).join('.');
        expect(isAccepted(text)).toBe(false);
      }),
      fuzzing(RUNS),
    );
  });

  it('is refused with anything cut out or put in', () => {
    const splice = fc.tuple(
      fc.nat(genuine.length),
      fc.nat(40),
      fc.string({ unit: 'binary-ascii' }),
    );
    fc.assert(
      fc.property(splice, ([at, removed, added]) => {
        const changed = genuine.slice(0, at) + added + genuine.slice(at + removed);
        expect(isAccepted(changed)).toBe(changed === genuine);
      }),
      fuzzing(RUNS),
    );
  });
});

describe('Any other text', () => {
  it('is refused as a token', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.')),
      fc
        .tuple(fc.json(), fc.json(), fc.base64String())
        .map(([header, payload, signature]) =>
          [header, payload, signature]
            .map((part) => Buffer.from(part).toString('base64url'))
            .join('.'),
        ),
    );
    fc.assert(
      fc.property(text, (candidate) => expect(isAccepted(candidate)).toBe(false)),
      fuzzing(RUNS),
    );
  });
});
