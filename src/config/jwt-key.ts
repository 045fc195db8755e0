import { randomBytes } from 'node:crypto';
import { isRepetition } from '../common/repetition.js';
import { isPublishedSecret } from './published-secrets.js';
import { isMadeOfWords } from './english-words.js';

/** HS256 wants a key as long as its hash (RFC 7518 §3.2). */
const MIN_KEY_BYTES = 32;

/** Fewer different characters than this is a pattern, not a key: 32 random hex digits have 9 or more. */
const MIN_DISTINCT_CHARACTERS = 8;

/** So many of 32 random hexadecimal digits are neighbours once in 10^11. */
const COUNTING_SHARE = 0.75;

/** Samples of documentation that are in no list of secrets from public code. */
const SAMPLES = [
  'a-string-secret-at-least-256-bits-long',
  'replace-this-with-the-output-of-openssl-rand-base64-48',
  'your-256-bit-secret-your-256-bit-secret',
  'this-is-a-very-long-secret-key-for-jwt-signing',
  'super-secret-jwt-token-with-at-least-32-characters-long',
];

/**
 * What is wrong with a key, as the end of "JWT_KEY …"; undefined if it will do. It refuses what could not
 * move to the list of previous keys and stay the same, what is short, what is published, and what is plainly no
 * random text: fewer than eight different characters, one piece over and over again, counting (three of four
 * characters are the neighbours of the one before), or words (most letters follow each other as they do in
 * English).
 * @param list the variable of the previous keys
 */
export function keyFault(key: string, list = 'JWT_PREVIOUS_KEYS'): string | undefined {
  const fault = placeFault(key, list);
  if (fault !== undefined) return `${fault}: make one with openssl rand -base64 48`;
  if (Buffer.byteLength(key) < MIN_KEY_BYTES) return `must have at least ${MIN_KEY_BYTES} bytes`;
  if (
    new Set(key).size < MIN_DISTINCT_CHARACTERS ||
    isRepetition(key, MIN_KEY_BYTES / 2) ||
    isCounting(key)
  ) {
    return 'is too easy to guess: make one with openssl rand -base64 48';
  }
  if (SAMPLES.includes(key.toLowerCase()) || isPublishedSecret(key)) {
    return 'is published: make your own';
  }
  if (isMadeOfWords(key)) {
    return 'is made of words (most letters follow each other as in English): make one with openssl rand -base64 48';
  }
  return undefined;
}

/**
 * Why a key is not the same key in each place that may hold one: a list with commas, a file of lines. The
 * environment has U+FFFD for each byte that is no UTF-8.
 */
function placeFault(key: string, list: string): string | undefined {
  if (key.includes(',')) return `has a comma, which separates keys in ${list}`;
  if (key !== key.trim()) return 'begins or ends with white space';
  if (/[\p{Cc}\u2028\u2029]/u.test(key)) return 'has a line break or another control character';
  if (key.includes('\ufffd')) return 'has bytes that are not UTF-8';
  return undefined;
}

/** Whether most of its characters follow, precede or repeat the one before: abcdef, 987654. */
function isCounting(key: string): boolean {
  const codes = Array.from(key, (character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).filter((code, index) => Math.abs(code - (codes[index] ?? 0)) <= 1);
  return steps.length >= COUNTING_SHARE * (codes.length - 1);
}

/** What is wrong with one of several keys, as the end of "JWT_PREVIOUS_KEYS …" or of another `list`. */
export function keysFault(keys: string, list?: string): string | undefined {
  const faults = splitKeys(keys).map((key) => keyFault(key, list));
  const first = faults.findIndex((fault) => fault !== undefined);
  return first < 0 ? undefined : `(key ${first + 1}) ${faults[first]}`;
}

/** The keys of a list with commas. */
export function splitKeys(keys = ''): string[] {
  return keys === '' ? [] : keys.split(',').map((key) => key.trim());
}

/** A key at random, of 48 bytes in base64. */
export function newKey(): string {
  return randomBytes(48).toString('base64');
}
