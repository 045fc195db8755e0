import { crc32 } from '../common/crc32.js';
import {
  hasKeyForm,
  isMeantAsKey,
  keyHash,
  keyHint,
  newKeyText,
  parseKeyText,
} from './api-key-text.js';

/** The one in the documentation. */
const EXAMPLE = 'gth_0123456789ABCDEFGHIJKLMNOPQRST14SUA2';

describe('The text of an API key', () => {
  it('has the check value of CRC-32', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
  });

  it('is well-formed in the published example', () => {
    expect(parseKeyText(EXAMPLE)).toEqual({ userId: 15_264_777 });
  });

  it.each([1, 61, 62, 4711, 2 ** 31 - 1])('tells its user: %d', (userId) => {
    const text = newKeyText(userId);
    expect(text).toMatch(/^gth_[0-9A-Za-z]{36}$/);
    expect(parseKeyText(text)).toEqual({ userId });
    expect(keyHint(text)).toBe(text.slice(-4));
  });

  it('is known as mistyped whichever character is wrong', () => {
    for (let at = 0; at < EXAMPLE.length; at += 1) {
      const other = EXAMPLE[at] === 'x' ? 'y' : 'x';
      expect(parseKeyText(EXAMPLE.slice(0, at) + other + EXAMPLE.slice(at + 1))).toBeUndefined();
    }
  });

  it('is known as mistyped if neighbours are swapped, or its case is', () => {
    const swapped = EXAMPLE.replace('AB', 'BA');
    for (const text of [swapped, EXAMPLE.toLowerCase(), EXAMPLE.toUpperCase(), `${EXAMPLE} `]) {
      expect(parseKeyText(text)).toBeUndefined();
    }
  });

  it('has no user whose id no account can have', () => {
    const texts = [0, 2 ** 31, 62 ** 6 - 1].map((id) => newKeyText(id));
    expect(texts.map(parseKeyText)).toEqual([undefined, undefined, undefined]);
  });

  it('uses each digit about as often as each other (S94)', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 2_000; i += 1) {
      for (const digit of newKeyText(1).slice(10, 34)) {
        counts.set(digit, (counts.get(digit) ?? 0) + 1);
      }
    }
    // 48,000 digits: 774 of each on average, with a deviation of 28.
    expect(counts.size).toBe(62);
    expect(Math.min(...counts.values())).toBeGreaterThan(774 - 6 * 28);
    expect(Math.max(...counts.values())).toBeLessThan(774 + 6 * 28);
  });

  it('is told by its form in any case, whatever its checksum', () => {
    const forms = [EXAMPLE, EXAMPLE.toLowerCase(), EXAMPLE.toUpperCase(), `gth_${'0'.repeat(36)}`];
    expect(forms.every(hasKeyForm)).toBe(true);
    const others = [
      'gth_short',
      `gth_${'0'.repeat(35)}`,
      `gth_${'0'.repeat(37)}`,
      `gth_${'-'.repeat(36)}`,
    ];
    expect(others.some(hasKeyForm)).toBe(false);
    expect([EXAMPLE, 'gth_', 'gth_short', 'eyJ'].map(isMeantAsKey)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it('is kept as its SHA-256', () => {
    expect(keyHash('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });
});
