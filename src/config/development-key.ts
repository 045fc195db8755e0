import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigurationError } from './configuration-error.js';
import { makeFolder, reasonOf } from './file-faults.js';
import { keyFault, newKey } from './jwt-key.js';
import { readTextFile, UnreadableFile } from './text-file.js';

/** A key that development makes and keeps, if its variable is not set. */
export interface DevelopmentKey {
  readonly variable: 'JWT_KEY' | 'DATA_KEY';
  /** Where it is kept. */
  readonly file: string;
}

export const DEVELOPMENT_JWT_KEY = { variable: 'JWT_KEY', file: 'data/jwt.key' } as const;
export const DEVELOPMENT_DATA_KEY = { variable: 'DATA_KEY', file: 'data/data.key' } as const;

/**
 * The kept key. If there is none, one is made at random and kept with mode 0600, so that what it signed or encrypted
 * outlives a restart.
 * @throws ConfigurationError if the kept key will not do, or none can be kept
 */
export function developmentKey({ variable, file }: DevelopmentKey): string {
  const path = resolve(file);
  if (!existsSync(path)) makeKey(variable, path);
  return keptKey(variable, path);
}

/**
 * Checks the kept key as `developmentKey` would, and makes none.
 * @throws ConfigurationError if the kept key will not do
 */
export function checkDevelopmentKey({ variable, file }: DevelopmentKey): void {
  const path = resolve(file);
  if (existsSync(path)) keptKey(variable, path);
}

function keptKey(variable: string, file: string): string {
  const advice = `remove the file for a new one, or set ${variable}`;
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

function makeKey(variable: string, file: string): void {
  try {
    makeFolder(dirname(file));
    writeKey(file);
  } catch (error) {
    const advice = `let this user write there, or set ${variable}`;
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
