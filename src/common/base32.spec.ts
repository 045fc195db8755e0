import { isBase32, toBase32 } from './base32.js';

describe('Base32', () => {
  it.each([
    ['', ''],
    ['f', 'MY'],
    ['fo', 'MZXQ'],
    ['foo', 'MZXW6'],
    ['foob', 'MZXW6YQ'],
    ['fooba', 'MZXW6YTB'],
    ['foobar', 'MZXW6YTBOI'],
  ])('of the vector %j of RFC 4648 §10 is %j', (text, encoded) => {
    expect(toBase32(Buffer.from(text))).toBe(encoded);
  });

  it('keeps every bit of long ones', () => {
    expect(toBase32(Buffer.alloc(20, 0xff))).toBe('7'.repeat(32));
    expect(toBase32(Buffer.alloc(20))).toBe('A'.repeat(32));
  });

  it.each([
    ['MZXW6', true],
    ['mzxw6', false],
    ['MZXW6===', false],
    ['MZXW1', false],
    ['MZXW 6', false],
  ])('%j: %s', (text, isOne) => {
    expect(isBase32(text)).toBe(isOne);
  });
});
