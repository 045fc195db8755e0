import { JwtService } from '@nestjs/jwt';
import { createHmac, randomBytes } from 'node:crypto';
import { newToken } from '../../test/contract/tokens.js';
import { secretKeys } from '../../test/support/token-keys.js';
import { Env } from '../config/env.js';
import { AccessTokens } from './access-token.js';

const NOW = 1_800_000_000;
const KEY = randomBytes(48);
const URL = 'https://auth.example.com';

const LIVE = newToken(0, {
  userId: 7,
  username: 'juliet',
  sessionId: 'the-session',
  jti: 'the-token',
  authTimeSeconds: NOW - 500,
  amr: ['pwd', 'otp', 'mfa'],
  issuedAtSeconds: NOW - 100,
  expiresAtSeconds: NOW + 2000,
  sessionEndsAtSeconds: NOW + 9000,
});

const HEADER = { alg: 'HS256', typ: 'at+jwt' };

const CLAIMS = {
  iss: URL,
  aud: URL,
  sub: '7',
  jti: 'the-token',
  sid: 'the-session',
  client_id: 'gatehouse',
  iat: NOW - 100,
  exp: NOW + 2000,
  auth_time: NOW - 500,
  amr: ['pwd', 'otp', 'mfa'],
};

/** What is asked of them. */
const { sub, jti, sid, iat, exp } = CLAIMS;
const ASKED = { sub, jti, sid, iat, exp };

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token with our key's signature, whatever it says. */
function forge(header: unknown, claims: unknown, key: Uint8Array = KEY): string {
  return signText(`${base64url(header)}.${base64url(claims)}`, key);
}

function signText(text: string, key: Uint8Array = KEY): string {
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

function without(name: keyof typeof CLAIMS): Record<string, unknown> {
  return Object.fromEntries(Object.entries(CLAIMS).filter(([claim]) => claim !== name));
}

describe('Access tokens', () => {
  const env = Env.load({ PUBLIC_URL: URL });
  const tokens = new AccessTokens(new JwtService({}), env, secretKeys(KEY));

  beforeEach(() => void jest.spyOn(Date, 'now').mockReturnValue(NOW * 1000));
  afterEach(() => jest.restoreAllMocks());

  it('carry the claims of RFC 9068 and nothing about the person (S38, S44)', () => {
    const [header, claims] = tokens.sign(LIVE).split('.');
    const read = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown;
    expect(read(header)).toEqual(HEADER);
    expect(read(claims)).toEqual(CLAIMS);
  });

  it('are the same text whenever and wherever the same record is signed', () => {
    const first = tokens.sign(LIVE);
    jest.spyOn(Date, 'now').mockReturnValue((NOW + 77) * 1000);
    const elsewhere = new AccessTokens(new JwtService({}), env, secretKeys(KEY));
    expect(elsewhere.sign({ ...LIVE, username: 'capulet', newest: false })).toBe(first);
    expect(tokens.sign({ ...LIVE, jti: 'another' })).not.toBe(first);
  });

  it('tell how many whole seconds they have left', () => {
    jest.spyOn(Date, 'now').mockReturnValue(NOW * 1000 + 999);
    expect(tokens.issue(LIVE)).toEqual({ token: tokens.sign(LIVE), duration: 2000 });
  });

  it('of a client are verified to no more than is asked of them, however many scopes they name', () => {
    const client = { sub: 'gtc_machine', jti: 'the-token', iat: NOW - 100, exp: NOW + 2000 };
    const text = tokens.signForClient({ ...client, scope: 'read write' });
    expect(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()).toContain('read write');
    const elsewhere = new AccessTokens(new JwtService({}), env, secretKeys(KEY));
    for (const verifier of [tokens, elsewhere]) expect(verifier.verify(text)).toEqual(client);
  });

  it('are verified to their claims', () => {
    expect(tokens.verify(tokens.sign(LIVE))).toEqual(ASKED);
  });

  it.each([
    ['our own header', HEADER],
    ['the long form of the type', { ...HEADER, typ: 'application/at+jwt' }],
    ['the type in capitals', { ...HEADER, typ: 'AT+JWT' }],
  ])('may have %s', (_, header) => {
    expect(tokens.verify(forge(header, CLAIMS))).toEqual(ASKED);
  });

  it.each([
    ['no type', { alg: 'HS256' }],
    ['the type of any JWT', { ...HEADER, typ: 'JWT' }],
    ['a type that only begins in the same way', { ...HEADER, typ: 'at+jwt2' }],
    ['a type that is no text', { ...HEADER, typ: ['at+jwt'] }],
    ['an extension to understand', { ...HEADER, crit: ['exp'] }],
    ['an unencoded payload', { ...HEADER, b64: false, crit: ['b64'] }],
    ['a key of its own', { ...HEADER, jwk: { kty: 'oct', k: 'AAAA' } }],
    ['an address of keys', { ...HEADER, jku: 'https://evil.example' }],
    ['the id of a key', { ...HEADER, kid: 'spring' }],
    ['the id of a file', { ...HEADER, kid: '../../dev/null' }],
    ['an address of certificates', { ...HEADER, x5u: 'https://evil.example' }],
    ['a certificate', { ...HEADER, x5c: ['AAAA'] }],
    ['a content type', { ...HEADER, cty: 'JWT' }],
    ['no algorithm', { ...HEADER, alg: 'none' }],
    ['another algorithm of the same key', { ...HEADER, alg: 'HS384' }],
    ['an algorithm of key pairs', { ...HEADER, alg: 'RS256' }],
    ['the algorithm in small letters', { ...HEADER, alg: 'hs256' }],
    ['null', null],
    ['a list', [HEADER]],
  ])('may not have a header with %s (S31, S33, S37, S39)', (_, header) => {
    expect(() => tokens.verify(forge(header, CLAIMS))).toThrow('Invalid or expired token');
  });

  it.each((Object.keys(CLAIMS) as (keyof typeof CLAIMS)[]).filter((name) => name !== 'amr'))(
    'need the claim %s (S35, S36, S38)',
    (name) => {
      expect(() => tokens.verify(forge(HEADER, without(name)))).toThrow('Invalid or expired token');
    },
  );

  it('say how the session was proved to others alone: those of earlier versions do not', () => {
    expect(tokens.verify(forge(HEADER, without('amr')))).toEqual(ASKED);
    expect(tokens.verify(forge(HEADER, { ...CLAIMS, amr: 'mfa' }))).toEqual(ASKED);
  });

  it.each([
    ['another issuer', { iss: 'https://evil.example' }],
    ['a longer issuer', { iss: `${URL}/` }],
    ['several issuers', { iss: [URL, 'https://evil.example'] }],
    ['another audience', { aud: 'https://evil.example' }],
    ['several audiences', { aud: [URL, 'https://evil.example'] }],
    ['one audience in a list', { aud: [URL] }],
    ['an empty token id', { jti: '' }],
    ['a token id that is no text', { jti: 7 }],
    ['an empty session', { sid: '' }],
    ['a session that is no text', { sid: { toString: 'x' } }],
    ['a numeric subject', { sub: 7 }],
    ['subject zero', { sub: '0' }],
    ['a negative subject', { sub: '-7' }],
    ['a subject with a leading zero', { sub: '07' }],
    ['a subject with a space', { sub: '7 ' }],
    ['a subject with an exponent', { sub: '1e3' }],
    ['a subject beyond exact numbers', { sub: '9'.repeat(16) }],
    ['an expiry as text', { exp: String(NOW + 2000) }],
    ['an expiry with a fraction', { exp: NOW + 2000.5 }],
    ['an expiry beyond exact numbers', { exp: 1e300 }],
    ['an expiry of null', { exp: null }],
    ['an issue date as text', { iat: String(NOW) }],
    ['a log-in date of false', { auth_time: false }],
    ['a start that has not come', { nbf: NOW + 60 }],
  ])('may not have %s (S35, S36)', (_, claims) => {
    const forged = forge(HEADER, { ...CLAIMS, ...claims });
    expect(() => tokens.verify(forged)).toThrow('Invalid or expired token');
  });

  it.each([
    ['empty', () => ''],
    ['no JWT', () => 'token'],
    ['one of three parts', () => base64url(HEADER)],
    ['without its signature', () => forge(HEADER, CLAIMS).replace(/[^.]+$/, '')],
    ['signed with another key', () => forge(HEADER, CLAIMS, randomBytes(48))],
    ['signed with no key', () => forge(HEADER, CLAIMS, Buffer.alloc(0))],
    ['signed and followed by a line break', () => `${forge(HEADER, CLAIMS)}\n`],
    ['signed and padded', () => `${forge(HEADER, CLAIMS)}=`],
    ['of four parts', () => `${forge(HEADER, CLAIMS)}.x`],
    ['a text', () => forge(HEADER, 'claims')],
    ['a list', () => forge(HEADER, [CLAIMS])],
    ['null', () => forge(HEADER, null)],
  ])('may not be %s', (_, text) => {
    expect(() => tokens.verify(text())).toThrow('Invalid or expired token');
  });

  it('have one signature, to the last bit (S41)', () => {
    const token = forge(HEADER, CLAIMS);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.at(-1) ?? '');
    // 32 bytes leave two bits of the last character unused.
    const twin = token.slice(0, -1) + (alphabet[last ^ 1] ?? '');
    expect(Buffer.from(twin, 'base64url')).toEqual(Buffer.from(token, 'base64url'));
    expect(() => tokens.verify(twin)).toThrow('Invalid or expired token');
  });

  it.each([
    ['without grace', 0],
    ['with five minutes of grace', 300],
  ])('expire to the millisecond %s (S35)', (_, graceSeconds) => {
    const token = tokens.sign(LIVE);
    const endMs = (LIVE.expiresAtSeconds + graceSeconds) * 1000;
    jest.spyOn(Date, 'now').mockReturnValue(endMs - 1);
    expect(tokens.verify(token, graceSeconds)).toEqual(ASKED);
    jest.spyOn(Date, 'now').mockReturnValue(endMs);
    expect(() => tokens.verify(token, graceSeconds)).toThrow('Invalid or expired token');
  });

  it('are accepted by a clock that is behind the one that issued them', () => {
    jest.spyOn(Date, 'now').mockReturnValue((LIVE.issuedAtSeconds - 7200) * 1000);
    expect(tokens.verify(tokens.sign(LIVE))).toEqual(ASKED);
  });

  it('of another public URL are not ours', () => {
    const elsewhere = Env.load({ PUBLIC_URL: 'https://other.example.com' });
    const others = new AccessTokens(new JwtService({}), elsewhere, secretKeys(KEY));
    expect(() => tokens.verify(others.sign(LIVE))).toThrow('Invalid or expired token');
  });

  it('have the last of several claims of one name (S40)', () => {
    const withBoth = (first: object, last: object) => {
      const text = `${JSON.stringify(first).slice(0, -1)},${JSON.stringify(last).slice(1)}`;
      return signText(`${base64url(HEADER)}.${Buffer.from(text).toString('base64url')}`);
    };
    const others = { ...CLAIMS, sub: '1', jti: 'another' };
    expect(tokens.verify(withBoth(others, CLAIMS))).toEqual(ASKED);
    const askedOfOthers = { ...ASKED, sub: '1', jti: 'another' };
    expect(tokens.verify(withBoth(CLAIMS, others))).toEqual(askedOfOthers);
  });

  it('of a previous key are verified, and new ones signed with the signing key (S43)', () => {
    const [next, other] = [randomBytes(48), randomBytes(48)];
    const rotated = new AccessTokens(new JwtService({}), env, secretKeys(next, other, KEY));
    expect(rotated.verify(tokens.sign(LIVE))).toEqual(ASKED);
    expect(rotated.sign(LIVE)).toBe(forge(HEADER, CLAIMS, next));
    expect(rotated.verify(rotated.sign(LIVE))).toEqual(ASKED);
    for (const forged of [
      forge(HEADER, CLAIMS, randomBytes(48)),
      forge({ ...HEADER, alg: 'HS384' }, CLAIMS),
      forge(HEADER, without('jti')),
      forge({ ...HEADER, kid: '2' }, CLAIMS),
    ]) {
      expect(() => rotated.verify(forged)).toThrow('Invalid or expired token');
    }
    expect(() => tokens.verify(rotated.sign(LIVE))).toThrow('Invalid or expired token');
  });

  it('are refused with the reason kept private', () => {
    let error: unknown;
    try {
      tokens.verify(forge(HEADER, { ...CLAIMS, aud: 'https://evil.example' }));
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'token-invalid', detail: 'Invalid or expired token' });
    expect(error).toMatchObject({ cause: { message: expect.stringContaining('audience') } });
  });
});
