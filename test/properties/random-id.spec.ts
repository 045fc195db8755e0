import { isId, randomId } from '../../src/common/random-id.js';

describe('An id of a token or a session', () => {
  it('has 128 random bits, and was never there before (S42)', () => {
    const ids = Array.from({ length: 10_000 }, randomId);
    expect(new Set(ids).size).toBe(10_000);
    for (const id of ids) {
      expect(isId(id)).toBe(true);
      expect(Buffer.from(id, 'base64url')).toHaveLength(16);
    }
    // Each of the 128 bits is set in about half of them: no version, no counter, no clock.
    for (let bit = 0; bit < 128; bit += 1) {
      const mask = 1 << (bit % 8);
      const set = ids.filter((id) => (Buffer.from(id, 'base64url')[bit >> 3] ?? 0) & mask).length;
      expect(Math.abs(set - 5_000)).toBeLessThan(500);
    }
  });
});
