import { isRepetition } from '../../common/repetition.js';

/** What people add to a word to make a password of it: a year, an exclamation mark. */
const TRIFLE = /^\P{L}{0,4}$/u;

/** The passwords of breaches that are patterns are written in these, and are no longer. */
const SHORT_AND_PLAIN = /^[ -~]{1,16}$/;

const LONGEST_REPEATED = 4;

const ROWS = ['01234567890', 'abcdefghijklmnopqrstuvwxyz'].flatMap((row) => [
  row,
  [...row].reverse().join(''),
]);

/** Whether a password is a word, once or repeated, with no more than a trifle around it. */
export function isMadeOf(word: string, password: string): boolean {
  const rest = password.replaceAll(word, '');
  return rest !== password && TRIFLE.test(rest);
}

/** Whether a password is a few characters over and over again, or part of a row such as 87654321. */
export function isPattern(password: string): boolean {
  if (!SHORT_AND_PLAIN.test(password)) return false;
  return isRepetition(password, LONGEST_REPEATED) || ROWS.some((row) => row.includes(password));
}
