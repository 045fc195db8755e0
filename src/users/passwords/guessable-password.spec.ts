import { isMadeOf, isPattern } from './guessable-password.js';

describe('A password is made of the name', () => {
  it.each([
    'miguel',
    'miguelmiguel',
    'miguel1',
    'miguel2026',
    '1234miguel',
    '!!miguel!!',
    'miguel-miguel',
    '12miguel miguel3',
  ])('miguel if it is %s', (password) => {
    expect(isMadeOf('miguel', password)).toBe(true);
  });

  it.each([
    ['has a letter more', 'miguels2026'],
    ['has five characters more', 'miguel20261'],
    ['has words of its own', 'miguel likes tangerines'],
    ['does not have all of it', 'migue2026'],
    ['has no part of it', '2026'],
  ])('and not if it %s', (_, password) => {
    expect(isMadeOf('miguel', password)).toBe(false);
  });
});

describe('A password is a pattern', () => {
  it.each([
    '00000000',
    'aaaaaaaaaaaa',
    '12121212',
    '123123123',
    '12312312',
    '19871987',
    '        ',
    'qwerqwerqwerqwer',
    '87654321',
    '0987654321',
    'abcdefgh',
    'hijklmnop',
  ])('if it is %j', (password) => {
    expect(isPattern(password)).toBe(true);
  });

  it.each([
    ['repeats what is longer', 'tanger tanger '],
    ['repeats itself but once', '0000000 '],
    ['is in no order', '87654312'],
    ['is longer than what people call common', 'a'.repeat(17)],
    ['is of other characters', '🐍'.repeat(8)],
  ])('and not if it %s', (_, password) => {
    expect(isPattern(password)).toBe(false);
  });
});
