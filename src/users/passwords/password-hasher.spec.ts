import { hash as argon2Hash } from '@node-rs/argon2';
import { availableParallelism } from 'node:os';
import { Env } from '../../config/env.js';
import { noMetrics } from '../../../test/support/metrics.js';
import { argon2id } from './argon2id.js';
import { PasswordHasher } from './password-hasher.js';

const SOMEBODY = { address: '192.0.2.1', isGone: () => false };

const preferences = ['argon2id', 'pbkdf2-sha256'] as const;

function hasherFor(PASSWORD_HASH: string, UV_THREADPOOL_SIZE = '4'): PasswordHasher {
  return new PasswordHasher(Env.load({ PASSWORD_HASH, UV_THREADPOOL_SIZE }), noMetrics);
}

/** RFC 7914 §11: P="passwd", S="salt", c=1, dkLen=64. */
const PBKDF2_VECTOR =
  '$pbkdf2-sha256$i=1$c2FsdA$VawEblbjCJ/sFpHCJUS2BflBhSFt3gRl5oudV8INrLxJypzM8Xm2RZkWZLOdd+8x' +
  'fHG4RbHjC9UJESBB06GXgw';

describe('Password hashes', () => {
  const hashers = {
    argon2id: hasherFor('argon2id'),
    'pbkdf2-sha256': hasherFor('pbkdf2-sha256'),
  };

  it('are Argon2id strings with the parameters that OWASP names', async () => {
    expect(await hashers.argon2id.hash('correct horse', SOMEBODY)).toMatch(
      /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  it('are PBKDF2 strings with the iterations that OWASP names if that is preferred', async () => {
    expect(await hashers['pbkdf2-sha256'].hash('correct horse', SOMEBODY)).toMatch(
      /^\$pbkdf2-sha256\$i=600000\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
    );
  });

  it.each(preferences)('have a salt of their own (%s)', async (name) => {
    const [one, other] = [
      await hashers[name].hash('same', SOMEBODY),
      await hashers[name].hash('same', SOMEBODY),
    ];
    expect(one.split('$').at(-2)).not.toBe(other.split('$').at(-2));
    expect(one.split('$').at(-1)).not.toBe(other.split('$').at(-1));
  });

  it.each(preferences)('of %s are verified whatever function is preferred', async (name) => {
    const encoded = await hashers[name].hash('correct horse', SOMEBODY);
    for (const hasher of Object.values(hashers)) {
      expect(await hasher.verify(encoded, 'correct horse')).toBe(true);
      expect(await hasher.verify(encoded, 'Correct horse')).toBe(false);
      expect(await hasher.verify(encoded, '')).toBe(false);
    }
  });

  it.each([
    ['PBKDF2 of RFC 7914 §11', 'passwd', PBKDF2_VECTOR],
    [
      'Argon2id of the reference implementation’s tests',
      'password',
      '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc',
    ],
  ])('of others are verified: %s', async (_, password, encoded) => {
    expect(await hashers.argon2id.verify(encoded, password)).toBe(true);
    expect(await hashers.argon2id.verify(encoded, `${password}!`)).toBe(false);
  });

  it('are outdated if the other function made them', async () => {
    const [argon2, pbkdf2] = await Promise.all(
      preferences.map((name) => hashers[name].hash('x', SOMEBODY)),
    );
    expect(hashers.argon2id.isOutdated(argon2 ?? '')).toBe(false);
    expect(hashers.argon2id.isOutdated(pbkdf2 ?? '')).toBe(true);
    expect(hashers['pbkdf2-sha256'].isOutdated(pbkdf2 ?? '')).toBe(false);
    expect(hashers['pbkdf2-sha256'].isOutdated(argon2 ?? '')).toBe(true);
  });

  it('are outdated if other parameters made them', async () => {
    const weaker = { memoryCost: 8 * 1024, timeCost: 2, parallelism: 1 };
    const more = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 10 };
    for (const parameters of [weaker, more]) {
      expect(hashers.argon2id.isOutdated(await argon2Hash('x', parameters))).toBe(true);
    }
    for (const iterations of ['1', '60000', '6000000']) {
      const encoded = `$pbkdf2-sha256$i=${iterations}$c2FsdA$c2FsdA`;
      expect(hashers['pbkdf2-sha256'].isOutdated(encoded)).toBe(true);
    }
  });

  it('take a composed and a decomposed password for the same', async () => {
    const encoded = await hashers.argon2id.hash('caf\u00e9 noir', SOMEBODY);
    expect(await hashers.argon2id.verify(encoded, 'cafe\u0301 noir')).toBe(true);
    const reverse = await hashers.argon2id.hash('cafe\u0301 noir', SOMEBODY);
    expect(await hashers.argon2id.verify(reverse, 'caf\u00e9 noir')).toBe(true);
  });

  it('take nothing else for the same', async () => {
    const encoded = await hashers.argon2id.hash('ＰａｓｓＷｏｒｄ ', SOMEBODY);
    for (const twin of ['PassWord ', 'ＰａｓｓＷｏｒｄ', 'ｐａｓｓｗｏｒｄ ']) {
      expect(await hashers.argon2id.verify(encoded, twin)).toBe(false);
    }
  });

  it('of bcrypt verify, whatever they are labelled with, and are outdated', async () => {
    // A vector of the crypt_blowfish package, which says 2a.
    const hash = 'CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    for (const encoded of ['2a', '2b', '2y'].map((version) => `$${version}$05$${hash}`)) {
      expect(await hashers.argon2id.verify(encoded, 'U*U')).toBe(true);
      expect(await hashers.argon2id.verify(encoded, 'U*U*')).toBe(false);
      expect(hashers.argon2id.kindOf(encoded)).toBe(encoded.slice(0, 6));
      expect(hashers.argon2id.isOutdated(encoded)).toBe(true);
    }
  });

  it('of an unknown kind are an error, not a wrong password', async () => {
    const md5crypt = '$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/';
    for (const encoded of [md5crypt, '', '$pbkdf2-sha256$', '$argon2id$']) {
      await expect(hashers.argon2id.verify(encoded, 'x')).rejects.toThrow();
    }
  });

  it.each(preferences)('of no one are like others, and never right (%s)', async (name) => {
    const bcrypt = '$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW';
    for (const encoded of [PBKDF2_VECTOR, bcrypt, await hashers[name].hash('', SOMEBODY)]) {
      const likeness = hashers[name].likenessOf(encoded);
      expect(likeness).toHaveLength(encoded.length);
      expect(hashers[name].kindOf(likeness)).toBe(hashers[name].kindOf(encoded));
      expect(await hashers[name].verify(likeness, '')).toBe(false);
    }
    expect(hashers[name].isOutdated(hashers[name].likenessOf())).toBe(false);
    expect(await hashers[name].verify(hashers[name].likenessOf(), '')).toBe(false);
  });
});

describe('The queue for password hashes', () => {
  /** Stands in for the hash function: each computation lasts until it is let go. */
  function holdHashes() {
    const held: (() => void)[] = [];
    const seen = { running: 0, most: 0 };
    jest.spyOn(argon2id, 'hash').mockImplementation(async () => {
      seen.most = Math.max(seen.most, ++seen.running);
      await new Promise<void>((resolve) => held.push(resolve));
      seen.running--;
      return 'hashed';
    });
    const letGo = async () => {
      await new Promise(setImmediate);
      while (held.length > 0) {
        held.splice(0).forEach((release) => release());
        await new Promise(setImmediate);
      }
    };
    return { seen, letGo };
  }

  afterEach(() => jest.restoreAllMocks());

  it.each([
    ['1', 1],
    ['3', 1],
    ['4', Math.min(2, availableParallelism())],
    ['128', availableParallelism()],
  ])('with %s worker threads computes %i at once (S83)', async (threads, concurrency) => {
    const { seen, letGo } = holdHashes();
    const hasher = hasherFor('argon2id', threads);
    await letGo();
    seen.most = 0;
    const hashes = Array.from({ length: 10 }, () => hasher.hash('x', SOMEBODY));
    await letGo();
    await Promise.all(hashes);
    expect(seen.most).toBe(concurrency);
  });

  it('refuses at once what it cannot hold, and finishes the others (S83)', async () => {
    const { letGo } = holdHashes();
    const hasher = hasherFor('argon2id', '3');
    let [done, refused] = [0, 0];
    const hashes = Array.from({ length: 200 }, () =>
      hasher.hash('x', SOMEBODY).then(
        () => done++,
        (error: unknown) => {
          expect(error).toMatchObject({ code: 'overloaded', retryAfterSeconds: 1 });
          refused++;
        },
      ),
    );
    await new Promise(setImmediate);
    expect(done).toBe(0);
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(200);
    await expect(hasher.inTurn(SOMEBODY, () => Promise.resolve())).rejects.toMatchObject({
      code: 'overloaded',
    });
    await letGo();
    await Promise.all(hashes);
    expect(done).toBe(200 - refused);

    const later = hasher.hash('x', SOMEBODY);
    await letGo();
    expect(await later).toBe('hashed');
  });

  it('goes on after a computation that failed', async () => {
    const hasher = hasherFor('argon2id', '3');
    jest.spyOn(argon2id, 'hash').mockRejectedValueOnce(new Error('out of memory'));
    await expect(hasher.hash('x', SOMEBODY)).rejects.toThrow('out of memory');
    expect(await hasher.hash('x', SOMEBODY)).toMatch(/^\$argon2id\$/);
  });
});
