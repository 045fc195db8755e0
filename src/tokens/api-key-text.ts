import { randomInt } from 'node:crypto';
import { sha256 } from '../common/sha256.js';
import { crc32 } from '../common/crc32.js';

/*
 * The text of an API key: `gth_`, the id of its user in base62 (6 digits), 24 random ones (142 bits), and the CRC-32 of
 * those 34 characters in base62 (6 digits). So a typing error is known without asking, and scanners of published code
 * can tell a key from any other text.
 */

const PREFIX = 'gth_';
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const NUMBER_LENGTH = 6;
const RANDOM_LENGTH = 24;
const CHECKED_LENGTH = PREFIX.length + NUMBER_LENGTH + RANDOM_LENGTH;
const HINT_LENGTH = 4;

const KEY = /^gth_[0-9A-Za-z]{36}$/;
/** As a username has it, or somebody's keyboard. */
const KEY_IN_ANY_CASE = /^gth_[0-9a-z]{36}$/i;

/** The largest id that the column of accounts holds. */
const MAX_USER_ID = 2 ** 31 - 1;

/** A new key of the user. */
export function newKeyText(userId: number): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => DIGITS[randomInt(DIGITS.length)]);
  const checked = `${PREFIX}${toBase62(userId)}${random.join('')}`;
  return checked + toBase62(crc32(checked));
}

/** Whether a text is meant as a key, so that no other credential can be meant. */
export function isMeantAsKey(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Whether a text has the form of a key, in any case and with any checksum: no account may have it as its name. */
export function hasKeyForm(text: string): boolean {
  return KEY_IN_ANY_CASE.test(text);
}

/** Whose key this would be; undefined if no key can be of this text. It asks no store. */
export function parseKeyText(text: string): { readonly userId: number } | undefined {
  if (!KEY.test(text)) return undefined;
  if (text.slice(CHECKED_LENGTH) !== toBase62(crc32(text.slice(0, CHECKED_LENGTH)))) {
    return undefined;
  }
  const userId = fromBase62(text.slice(PREFIX.length, PREFIX.length + NUMBER_LENGTH));
  return userId >= 1 && userId <= MAX_USER_ID ? { userId } : undefined;
}

/**
 * What is kept of a key. A fast hash is enough: nobody guesses 142 random bits. One who asks with a text learns nothing
 * of others from the time that a look-up takes, because they cannot choose its hash.
 */
export function keyHash(text: string): string {
  return sha256(text);
}

/** The part of a key by which its owner tells it from others. */
export function keyHint(text: string): string {
  return text.slice(-HINT_LENGTH);
}

function toBase62(number: number): string {
  let text = '';
  for (let rest = number; text.length < NUMBER_LENGTH; rest = Math.floor(rest / DIGITS.length)) {
    text = (DIGITS[rest % DIGITS.length] ?? '') + text;
  }
  return text;
}

function fromBase62(text: string): number {
  return [...text].reduce((sum, digit) => sum * DIGITS.length + DIGITS.indexOf(digit), 0);
}
