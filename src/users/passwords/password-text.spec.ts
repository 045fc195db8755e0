import { isPossiblePassword, passwordFault } from './password-text.js';

const MIN = 8;
const TOO_SHORT = 'must have at least 8 characters';
const TOO_LONG = 'must have at most 256 characters';
const IMPOSSIBLE = 'must not contain NUL or broken Unicode';

describe('A new password', () => {
  it.each([
    ['of the least length', 'abcdefgh'],
    ['of 64 characters', 'a'.repeat(64)],
    ['of 256 characters', 'a'.repeat(256)],
    ['of 256 characters outside the basic plane', '🔑'.repeat(256)],
    ['of spaces', ' '.repeat(8)],
    ['with control characters but NUL', 'tab\tline\nescape\u001b'],
    ['of eight emoji', '🔑'.repeat(8)],
    ['of 256 characters that were sent decomposed', 'e\u0301'.repeat(256)],
  ])('%s is accepted', (_, password) => {
    expect(passwordFault(password, MIN)).toBeUndefined();
    expect(isPossiblePassword(password)).toBe(true);
  });

  it.each([
    ['that is empty', '', TOO_SHORT],
    ['one character too short', 'abcdefg', TOO_SHORT],
    ['of four emoji, which are eight UTF-16 units', '🔑'.repeat(4), TOO_SHORT],
    ['of seven letters with accents of their own', 'e\u0301'.repeat(7), TOO_SHORT],
    ['one character too long', 'a'.repeat(257), TOO_LONG],
    ['of 257 emoji', '🔑'.repeat(257), TOO_LONG],
    ['with a NUL at its end', 'abcdefgh\0', IMPOSSIBLE],
    ['with a NUL inside', 'abcd\0efgh', IMPOSSIBLE],
    ['with a lone high surrogate', 'abcdefgh\ud83d', IMPOSSIBLE],
    ['with a lone low surrogate', '\udd11abcdefgh', IMPOSSIBLE],
  ])('%s is refused', (_, password, fault) => {
    expect(passwordFault(password, MIN)).toBe(fault);
  });

  it('may be as short as the configuration says', () => {
    expect(passwordFault('python', 6)).toBeUndefined();
    expect(passwordFault('pytho', 6)).toBe('must have at least 6 characters');
  });
});

describe('A password at log-in', () => {
  it('may be one that today’s rules find too short', () => {
    expect(isPossiblePassword('x')).toBe(true);
    expect(isPossiblePassword('')).toBe(true);
  });

  it('is impossible if it is too long, has a NUL or is broken Unicode', () => {
    for (const password of ['a'.repeat(257), 'abc\0', '\0', '\ud83d', '🔑'.repeat(257)]) {
      expect(isPossiblePassword(password)).toBe(false);
    }
  });
});
