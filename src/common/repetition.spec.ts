import { isRepetition } from './repetition.js';

describe('A text is a repetition', () => {
  it.each([
    ['of one character', 'aa', 1],
    ['of a piece of the longest length', 'abcabc', 3],
    ['of a piece that is cut at the end', 'abcabcab', 3],
    ['of code units that are half a character', '🐍🐍', 2],
  ])('%s', (_, text, longestPiece) => {
    expect(isRepetition(text, longestPiece)).toBe(true);
  });

  it.each([
    ['it is empty', '', 4],
    ['it is one character', 'a', 4],
    ['its piece is too long', 'abcabc', 2],
    ['its piece comes once, and is cut the second time', 'abcab', 3],
    ['something else is at its end', 'abababa!', 4],
    ['something else is at its start', '!abababa', 4],
  ])('and not if %s', (_, text, longestPiece) => {
    expect(isRepetition(text, longestPiece)).toBe(false);
  });
});
