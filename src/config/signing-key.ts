import { createSecretKey, randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.js';
import type { Env } from './env.js';

/** HS256 wants a key as long as its hash (RFC 7518 §3.2). */
const MIN_KEY_BYTES = 32;

/** Fewer different characters than this is a pattern, not a key: 32 random hex digits have 9 or more. */
const MIN_DISTINCT_CHARACTERS = 8;

const DEVELOPMENT_KEY_FILE = 'data/jwt.key';

/** Keys of at least 32 bytes that stand in documentation, tutorials and guessing lists. */
const PUBLISHED_KEYS = [
  'a-string-secret-at-least-256-bits-long',
  'replace-this-with-the-output-of-openssl-rand-base64-48',
  'your-256-bit-secret-your-256-bit-secret',
  'this-is-a-very-long-secret-key-for-jwt-signing',
  'super-secret-jwt-token-with-at-least-32-characters-long',
];

/** What is wrong with a key, as the end of "JWT_KEY …"; nothing where it will do. */
export function keyFault(key: string): string | undefined {
  if (Buffer.byteLength(key) < MIN_KEY_BYTES) return `must have at least ${MIN_KEY_BYTES} bytes`;
  if (PUBLISHED_KEYS.includes(key.toLowerCase())) return 'is a published sample: make your own';
  if (new Set(key).size < MIN_DISTINCT_CHARACTERS || isRepetition(key)) {
    return 'is too easy to guess: make one with openssl rand -base64 48';
  }
  return undefined;
}

/** Whether it is a word over and over again, the last time perhaps cut. */
function isRepetition(key: string): boolean {
  for (let length = 1; 2 * length <= key.length && length <= MIN_KEY_BYTES / 2; length += 1) {
    if (key.slice(length) === key.slice(0, -length)) return true;
  }
  return false;
}

/** What is wrong with one of several keys, as the end of "JWT_PREVIOUS_KEYS …". */
export function keysFault(keys: string): string | undefined {
  const faults = splitKeys(keys).map(keyFault);
  const first = faults.findIndex((fault) => fault !== undefined);
  return first < 0 ? undefined : `(key ${first + 1}) ${faults[first]}`;
}

function splitKeys(keys = ''): string[] {
  return keys === '' ? [] : keys.split(',').map((key) => key.trim());
}

/** The keys of tokens: the first signs, and all of them verify. */
export type TokenKeys = readonly [signing: KeyObject, ...previous: KeyObject[]];

/**
 * The keys that sign and verify tokens. Without `JWT_KEY`, which only development allows, one is
 * made at random and kept in `data/jwt.key` with mode 0600, so that a restart logs nobody out.
 * Each a `KeyObject`, because jsonwebtoken is twenty times slower with a string.
 * @throws ConfigurationError where the kept key will not do
 */
export function loadTokenKeys(env: Env): TokenKeys {
  const signing = env.JWT_KEY ?? developmentKey(resolve(DEVELOPMENT_KEY_FILE));
  const secret = (key: string) => createSecretKey(key, 'utf8');
  return [secret(signing), ...splitKeys(env.JWT_PREVIOUS_KEYS).map(secret)];
}

/**
 * Checks the kept key as `loadTokenKeys` would, and makes none.
 * @throws ConfigurationError where the kept key will not do
 */
export function checkTokenKeys(env: Env): void {
  const file = resolve(DEVELOPMENT_KEY_FILE);
  if (env.JWT_KEY === undefined && existsSync(file)) keptKey(file);
}

function developmentKey(file: string): string {
  if (!existsSync(file)) makeKey(file);
  return keptKey(file);
}

function keptKey(file: string): string {
  const key = readFileSync(file, 'utf8').trim();
  const fault = keyFault(key);
  if (fault) {
    const advice = 'remove the file for a new one, or set JWT_KEY';
    throw new ConfigurationError([`The key in ${file} ${fault}: ${advice}`]);
  }
  return key;
}

/** A key at random, of 48 bytes in base64. */
export function newKey(): string {
  return randomBytes(48).toString('base64');
}

function makeKey(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, newKey(), { mode: 0o600, flag: 'wx' });
  try {
    // A link appears whole and only once, so that two first starts end with the same key.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
