import { isTotpCode, matchingStep, stepAt, totpCode, totpUri } from './totp.js';

/** Of RFC 6238, appendix B. */
const SECRET = Buffer.from('12345678901234567890');

describe('TOTP', () => {
  it.each([
    [59, '94287082'],
    [1_111_111_109, '07081804'],
    [1_111_111_111, '14050471'],
    [1_234_567_890, '89005924'],
    [2_000_000_000, '69279037'],
    [20_000_000_000, '65353130'],
  ])('at second %d ends as the vector %s of RFC 6238', (second, vector) => {
    expect(totpCode(SECRET, stepAt(second * 1000))).toBe(vector.slice(-6));
  });

  it.each([-1, 0, 1])('takes the code of a clock that is %d steps ahead', (steps) => {
    const code = totpCode(SECRET, 1000 + steps);
    expect(matchingStep(SECRET, code, 1000 * 30_000, null)).toBe(1000 + steps);
    expect(matchingStep(SECRET, code, 1000 * 30_000 + 29_999, null)).toBe(1000 + steps);
  });

  it.each([-2, 2])('refuses the code of a clock that is %d steps ahead', (steps) => {
    const code = totpCode(SECRET, 1000 + steps);
    expect(matchingStep(SECRET, code, 1000 * 30_000, null)).toBeUndefined();
  });

  it('refuses the code of a step that was used, or lies before one (S108)', () => {
    const match = (step: number, lastStep: number) =>
      matchingStep(SECRET, totpCode(SECRET, step), 1000 * 30_000, lastStep);
    expect([match(1000, 1000), match(999, 1000), match(1001, 1000)]).toEqual([
      undefined,
      undefined,
      1001,
    ]);
  });

  it('takes six digits for a code, and no other text', () => {
    const texts = ['012345', '12345', '1234567', '12345a', '١٢٣٤٥٦', ''];
    expect(texts.map(isTotpCode)).toEqual([true, false, false, false, false, false]);
  });

  it('tells an app all that it needs, whatever the name', () => {
    const uri = totpUri('auth.example.com', 'ana & josé', 'MZXW6YTB');
    expect(uri).toBe(
      'otpauth://totp/auth.example.com:ana%20%26%20jos%C3%A9?secret=MZXW6YTB' +
        '&issuer=auth.example.com&algorithm=SHA1&digits=6&period=30',
    );
  });
});
