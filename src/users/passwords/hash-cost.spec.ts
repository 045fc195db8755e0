import { costFault, maxMemoryKib } from './hash-cost.js';

const MIB = 1024 * 1024;

describe('The memory of one hash', () => {
  it.each([
    ['128 MiB if there is no limit', 0, 4, 128],
    ['128 MiB in a large container', 8192 * MIB, 4, 128],
    ['a quarter of a small container, divided by the hashes at once', 512 * MIB, 2, 64],
    ['no less than that of the service’s own hashes', 100 * MIB, 4, 19],
  ])('is %s', (_, bytes, cores, mib) => {
    expect(maxMemoryKib(bytes, cores)).toBe(mib * 1024);
  });
});

describe('A hash', () => {
  it.each([
    ['$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$x', /^would take more than \d+ MiB of memory/],
    ['$argon2id$v=19$m=19456,t=999,p=1$c2FsdHNhbHQ$x', /^would take too long/],
    ['$2b$15$', /^would take too long/],
    ['$bcrypt-hex-sha256$2b$15$', /^would take too long/],
    ['$pbkdf2-sha256$i=4000001$c2FsdA$x', /^would take too long/],
    ['$pbkdf2-sha256$i=4000001,l=32$c2FsdA$x', /^would take too long/],
    [`$pbkdf2-sha256$i=2000001$c2FsdA$${'A'.repeat(86)}`, /^would take too long/],
    [`$pbkdf2-sha512$i=2000001$c2FsdA$${'A'.repeat(86)}`, /^would take too long/],
    [`$pbkdf2-sha1$i=4000001$c2FsdA$${'A'.repeat(26)}`, /^would take too long/],
    ['$scrypt$ln=14,r=8,p=17$c2FsdA$x', /^would take too long/],
    ['$scrypt-nfkc$ln=14,r=8,p=17$c2FsdA$x', /^would take too long/],
    ['$firebase-scrypt$ln=18,r=8,p=1$c2FsdA$x', /^would take more than \d+ MiB of memory/],
    ['$scrypt$ln=1,r=2,p=600000$c2FsdA$x', /^would take more than \d+ MiB of memory/],
  ])('that costs too much is not to be computed: %s', (hash, fault) => {
    expect(costFault(hash)).toMatch(fault);
  });

  it.each([
    '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$x',
    '$2b$14$',
    '$pbkdf2-sha256$i=600000$c2FsdA$x',
    `$pbkdf2-sha512$i=2000000$c2FsdA$${'A'.repeat(86)}`,
    '$scrypt$ln=14,r=8,p=5$c2FsdA$x',
    '$firebase-scrypt$ln=14,r=8,p=1$c2FsdA$x',
    '$md5$x$y',
  ])('that costs what is usual may be: %s', (hash) => {
    expect(costFault(hash)).toBeUndefined();
  });
});
