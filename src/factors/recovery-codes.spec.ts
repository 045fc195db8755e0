import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.js';

describe('Recovery codes', () => {
  it('are ten different ones of 80 bits, in groups (S111)', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^[A-Z2-7]{4}(-[A-Z2-7]{4}){3}$/);
  });

  it('are the same in any case, with any separators', () => {
    const spellings = ['ABCD-EFGH-IJKL-2345', 'abcdefghijkl2345', ' abcd efgh-IJKL  2345 '];
    const [hash, ...others] = spellings.map(recoveryCodeHash);
    expect(hash).toMatch(/^[\w-]{43}$/);
    expect(others).toEqual([hash, hash]);
  });

  it.each(['', '123456', 'ABCD-EFGH-IJKL-234', 'ABCD-EFGH-IJKL-23456', 'ABCD-EFGH-IJKL-1890'])(
    'are none like %j',
    (text) => {
      expect(recoveryCodeHash(text)).toBeUndefined();
    },
  );
});
