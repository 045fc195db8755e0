import { JwtService } from '@nestjs/jwt';
import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  randomBytes,
  sign,
  type JsonWebKey,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { newToken } from '../../test/contract/tokens.js';
import { publishedKey, publishedSet, resigned } from '../../test/support/token-keys.js';
import { Env } from '../config/env.js';
import { newPrivateKey } from '../config/new-keys.js';
import { loadTokenKeys } from '../config/token-keys.js';
import { AccessTokens } from './access-token.js';

const PUBLIC_URL = 'https://auth.example.com';
const JWT_KEY = randomBytes(48).toString('base64');
const EC = newPrivateKey('ES256');
const RSA = newPrivateKey('RS256');
const LIVE = newToken(0, { userId: 7 });

const KINDS = [
  ['ES256', EC],
  ['RS256', RSA],
] as const;

/** The order of the group of P-256. */
const N = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');

/** Signatures that others have found to be taken wrongly. */
const VECTORS = JSON.parse(
  readFileSync(new URL('key-pair-tokens.vectors.json', import.meta.url), 'utf8'),
) as {
  key: JsonWebKey;
  valid: string;
  invalid: Record<string, string>;
  special: Record<string, string>;
};

function tokensWith(variables: Record<string, string>): AccessTokens {
  const env = Env.load({ PUBLIC_URL, ...variables });
  return new AccessTokens(new JwtService({}), env, loadTokenKeys(env));
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const decode = (part = '') => JSON.parse(Buffer.from(part, 'base64url').toString()) as object;

function withSignature(token: string, signature: Buffer | string): string {
  const text = typeof signature === 'string' ? signature : signature.toString('base64url');
  return token.replace(/[^.]+$/, text);
}

describe.each(KINDS)('Access tokens of %s', (alg, pem) => {
  const tokens = tokensWith({ SIGNING_KEY: pem });
  const genuine = tokens.sign(LIVE);
  const { kid } = publishedKey(pem);
  const header = { alg, typ: 'at+jwt', kid };
  const signature = Buffer.from(genuine.split('.')[2] ?? '', 'base64url');

  const refuses = (forged: string, by = tokens) =>
    expect(() => by.verify(forged)).toThrow('Invalid or expired token');

  it('name the key that signed, and nothing else is in their header', () => {
    expect(decode(genuine.split('.')[0])).toEqual(header);
    expect(decode(genuine.split('.')[1])).toMatchObject({ iss: PUBLIC_URL, aud: PUBLIC_URL });
  });

  it('are verified by every instance that has the key, or only what is published of it', () => {
    const others = tokensWith({
      JWT_KEY,
      PUBLISHED_KEYS: publishedSet(newPrivateKey('ES256'), pem),
    });
    const restarted = tokensWith({ SIGNING_KEY: pem });
    for (const verifier of [tokens, restarted, others]) {
      expect(verifier.verify(genuine)).toMatchObject({ sub: '7', jti: LIVE.jti });
    }
    refuses(genuine, tokensWith({ JWT_KEY }));
  });

  it('stand beside those of JWT_KEY and its previous ones, which still verify', () => {
    const older = randomBytes(48).toString('base64');
    const moved = tokensWith({ SIGNING_KEY: pem, JWT_KEY, JWT_PREVIOUS_KEYS: older });
    for (const key of [JWT_KEY, older]) {
      const secret = tokensWith({ JWT_KEY: key }).sign(LIVE);
      expect(moved.verify(secret).jti).toBe(LIVE.jti);
      refuses(secret);
    }
    refuses(tokensWith({ JWT_KEY: randomBytes(48).toString('base64') }).sign(LIVE), moved);
  });

  it.each<[string, Record<string, unknown>]>([
    ['without a kid', { kid: undefined }],
    ['with an empty kid', { kid: '' }],
    ['with a kid of null', { kid: null }],
    ['with several kids', { kid: [publishedKey(pem).kid] }],
    ['with a kid that begins like ours', { kid: publishedKey(pem).kid?.slice(0, -1) }],
    ['with our kid and more', { kid: `${publishedKey(pem).kid} ` }],
    ['with the kid of an unknown key', { kid: publishedKey(newPrivateKey('ES256')).kid }],
    ['with a path as kid', { kid: '../../../../dev/null' }],
    ['with a member of every object as kid', { kid: 'constructor' }],
    ['with a statement as kid', { kid: "' OR '1'='1" }],
    ['with a key of its own', { jwk: publishedKey(pem) }],
    ['with an address of keys', { jku: 'https://evil.example/keys' }],
    ['with certificates', { x5c: ['AAAA'] }],
    ['with an address of certificates', { x5u: 'https://evil.example/chain' }],
    ['of another type', { typ: 'JWT' }],
    ['with something to understand', { crit: ['exp'] }],
    ['that say HS256', { alg: 'HS256' }],
    ['that say none', { alg: 'none' }],
    ['of the other kind', { alg: alg === 'ES256' ? 'RS256' : 'ES256' }],
    ['of a longer hash', { alg: alg === 'ES256' ? 'ES512' : 'RS512' }],
    ['of another padding', { alg: 'PS256' }],
  ])('are refused %s, though our key signed them (S33)', (_, change) => {
    refuses(resigned(genuine, { ...header, ...change }, pem));
    expect(tokens.verify(resigned(genuine, header, pem)).jti).toBe(LIVE.jti);
  });

  it('cannot be made by a stranger with what is published (S31)', () => {
    const spki = createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString();
    const jwk = JSON.stringify(publishedKey(pem));
    for (const secret of [spki, spki.trim(), jwk, kid ?? '', '']) {
      for (const named of [header, { ...header, kid: undefined }]) {
        const text = `${encode({ ...named, alg: 'HS256' })}.${genuine.split('.')[1]}`;
        refuses(`${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`);
      }
    }
    refuses(withSignature(genuine, ''));
    refuses(withSignature(resigned(genuine, { ...header, alg: 'none' }, pem), ''));
  });

  it('are of one key: one of the other kind, or of our other keys, cannot sign for it', () => {
    const stranger = newPrivateKey(alg);
    const other = alg === 'ES256' ? RSA : EC;
    const both = tokensWith({ SIGNING_KEY: pem, PUBLISHED_KEYS: publishedSet(other, stranger) });
    for (const key of [stranger, other]) {
      for (const said of ['ES256', 'RS256']) {
        refuses(resigned(genuine, { ...header, alg: said }, key), both);
        refuses(resigned(genuine, { ...header, alg: said, kid: publishedKey(key).kid }, pem), both);
      }
    }
  });

  it('have a signature that is whole, and written in one way (S41)', () => {
    const last = genuine.at(-1) ?? '';
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twin = genuine.slice(0, -1) + (alphabet[alphabet.indexOf(last) ^ 1] ?? '');
    expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(signature);
    for (const forged of [
      twin,
      `${genuine}=`,
      `${genuine}==`,
      `${genuine}\n`,
      withSignature(genuine, signature.subarray(0, -1)),
      withSignature(genuine, signature.subarray(1)),
      withSignature(genuine, Buffer.concat([signature, Buffer.alloc(1)])),
      withSignature(genuine, Buffer.concat([Buffer.alloc(1), signature])),
      withSignature(genuine, Buffer.alloc(signature.length)),
      withSignature(genuine, Buffer.alloc(signature.length, 0xff)),
    ]) {
      refuses(forged);
    }
  });
});

describe('A signature of ES256', () => {
  const tokens = tokensWith({ SIGNING_KEY: EC });
  const genuine = tokens.sign(LIVE);
  const [r, s] = [0, 32].map((start) =>
    Buffer.from(genuine.split('.')[2] ?? '', 'base64url').subarray(start, start + 32),
  ) as [Buffer, Buffer];
  const zero = Buffer.alloc(32);
  const one = Buffer.from('1'.padStart(64, '0'), 'hex');
  const afterN = Buffer.from(N.map((byte, index) => (index === 31 ? byte + 1 : byte)));
  const der = () => {
    const text = genuine.replace(/\.[^.]+$/, '');
    return sign('sha256', Buffer.from(text), createPrivateKey(EC));
  };

  it.each<[string, () => Buffer]>([
    ['r = 0', () => Buffer.concat([zero, s])],
    ['s = 0', () => Buffer.concat([r, zero])],
    ['r = s = 0', () => Buffer.concat([zero, zero])],
    ['r = s = 1', () => Buffer.concat([one, one])],
    ['r = n', () => Buffer.concat([N, s])],
    ['s = n', () => Buffer.concat([r, N])],
    ['r = s = n', () => Buffer.concat([N, N])],
    ['r = 1 and s = n', () => Buffer.concat([one, N])],
    ['s = n + 1', () => Buffer.concat([r, afterN])],
    ['r and s beyond n', () => Buffer.alloc(64, 0xff)],
    ['s in the place of r', () => Buffer.concat([s, r])],
    ['r alone', () => r],
    ['numbers of 33 bytes', () => Buffer.concat([Buffer.alloc(1), r, Buffer.alloc(1), s])],
    ['numbers of 48 bytes', () => Buffer.concat([Buffer.alloc(16), r, Buffer.alloc(16), s])],
    ['the form of ASN.1', der],
  ])('is refused with %s', (_, forged) => {
    expect(() => tokens.verify(withSignature(genuine, forged()))).toThrow(
      'Invalid or expired token',
    );
  });

  const numberOf = (bytes: Buffer) => BigInt(`0x${bytes.toString('hex')}`);
  const bytesOf = (number: bigint, length: number) =>
    Buffer.from(number.toString(16).padStart(2 * length, '0'), 'hex');
  const n = numberOf(N);

  it.each<[string, (number: bigint) => bigint]>([
    ['+ n', (number) => number + n],
    ['+ 256 n', (number) => number + 256n * n],
    ['+ 2^256', (number) => number + (1n << 256n)],
    ['+ 2^320', (number) => number + (1n << 320n)],
  ])('is refused with r or s %s, in as many bytes as it takes', (_, change) => {
    for (const pair of [
      [change(numberOf(r)), numberOf(s)],
      [numberOf(r), change(numberOf(s))],
    ] as const) {
      const length = Math.ceil(Math.max(...pair.map((each) => each.toString(16).length)) / 2);
      const forged = Buffer.concat(pair.map((each) => bytesOf(each, length)));
      expect(() => tokens.verify(withSignature(genuine, forged))).toThrow(
        'Invalid or expired token',
      );
    }
  });

  it('has a twin with n − s, which is the same token, and none with n − r', () => {
    const twin = withSignature(genuine, Buffer.concat([r, bytesOf(n - numberOf(s), 32)]));
    expect(tokens.verify(twin).jti).toBe(LIVE.jti);
    expect(tokens.areSame(genuine, twin)).toBe(true);
    const other = withSignature(genuine, Buffer.concat([bytesOf(n - numberOf(r), 32), s]));
    expect(() => tokens.verify(other)).toThrow('Invalid or expired token');
  });

  const special = Object.entries(VECTORS.special);

  it.each(special.flatMap((one) => special.map((other) => [one, other] as const)))(
    'is refused with special values of r and s: %j, %j',
    ([, ofR], [, ofS]) => {
      const forged = Buffer.from(ofR + ofS, 'hex');
      expect(() => tokens.verify(withSignature(genuine, forged))).toThrow(
        'Invalid or expired token',
      );
    },
  );

  it('is another each time, of the same claims', () => {
    const again = tokens.sign(LIVE);
    expect(again).not.toBe(genuine);
    expect(again.split('.').slice(0, 2)).toEqual(genuine.split('.').slice(0, 2));
    expect(tokens.areSame(genuine, again)).toBe(true);
  });
});

describe('The check of a signature', () => {
  const key = createPublicKey({ key: VECTORS.key, format: 'jwk' });

  /** As `AccessTokens` has it checked. */
  const verify = (text: string) =>
    new JwtService({}).verify<object>(text, {
      publicKey: key as unknown as Buffer,
      algorithms: ['ES256'],
    }) as unknown;

  it('takes what Wycheproof calls valid', () => {
    expect(verify(VECTORS.valid)).toBe('foo');
  });

  it.each(Object.entries(VECTORS.invalid))('refuses what it calls invalid: %s', (_, text) => {
    expect(() => verify(text)).toThrow();
  });

  it('takes no key out of the header (tcId 32)', () => {
    const header = { alg: 'ES256', kid: 'kid-ec-sign', jwk: publishedKey(EC) };
    expect(() => verify(resigned(VECTORS.valid, header, EC))).toThrow('invalid signature');
  });
});

describe('Two texts', () => {
  const tokens = tokensWith({ SIGNING_KEY: EC, JWT_KEY });
  const one = tokens.sign(LIVE);

  it('are the same token if both verify and have one jti, expired or not', () => {
    expect(tokens.areSame(one, tokens.sign(LIVE))).toBe(true);
    expect(tokens.areSame(one, tokensWith({ JWT_KEY }).sign(LIVE))).toBe(true);
    const expired = { ...LIVE, expiresAtSeconds: LIVE.issuedAtSeconds - 1 };
    expect(tokens.areSame(tokens.sign(expired), tokens.sign(expired))).toBe(true);
  });

  it('are not if either does not verify, or they have different ones', () => {
    expect(tokens.areSame(one, tokens.sign({ ...LIVE, jti: 'another' }))).toBe(false);
    const forged = tokensWith({ SIGNING_KEY: newPrivateKey('ES256') }).sign(LIVE);
    for (const other of [forged, 'x', '', one.slice(0, -3)]) {
      expect(tokens.areSame(one, other)).toBe(false);
      expect(tokens.areSame(other, one)).toBe(false);
    }
  });
});
