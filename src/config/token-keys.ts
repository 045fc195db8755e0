import { createSecretKey, randomUUID, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.js';
import type { Env } from './env.js';
import { makeFolder, reasonOf } from './file-faults.js';
import { keyFault, newKey, splitKeys } from './signing-key.js';
import { readTextFile, UnreadableFile } from './text-file.js';

const DEVELOPMENT_KEY_FILE = 'data/jwt.key';

/** The keys of tokens: the first signs, and all of them verify. */
export type TokenKeys = readonly [signing: KeyObject, ...previous: KeyObject[]];

/**
 * The keys that sign and verify tokens. Without `JWT_KEY`, which only development allows, one is
 * made at random and kept in `data/jwt.key` with mode 0600, so that a restart does not log people out.
 * Each a `KeyObject`, because jsonwebtoken is twenty times slower with a string.
 * @throws ConfigurationError if the kept key will not do, or none can be kept
 */
export function loadTokenKeys(env: Env): TokenKeys {
  const signing = env.JWT_KEY ?? developmentKey(resolve(DEVELOPMENT_KEY_FILE));
  const secret = (key: string) => createSecretKey(key, 'utf8');
  return [secret(signing), ...splitKeys(env.JWT_PREVIOUS_KEYS).map(secret)];
}

/**
 * Checks the kept key as `loadTokenKeys` would, and makes none.
 * @throws ConfigurationError if the kept key will not do
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
  const advice = 'remove the file for a new one, or set JWT_KEY';
  try {
    const key = readTextFile(file).trim();
    const fault = keyFault(key);
    if (fault) throw new ConfigurationError([`The key in ${file} ${fault}: ${advice}`]);
    return key;
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    throw new ConfigurationError([`${file} cannot be used (${error.message}): ${advice}`]);
  }
}

function makeKey(file: string): void {
  try {
    makeFolder(dirname(file));
    writeKey(file);
  } catch (error) {
    const advice = 'let this user write there, or set JWT_KEY';
    throw new ConfigurationError([`${file} cannot be made (${reasonOf(error)}): ${advice}`]);
  }
}

function writeKey(file: string): void {
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
