import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a person can do something about, and another attempt alone does not change. */
const REASONS: Record<string, string> = {
  ENOENT: 'it does not exist',
  ENOTDIR: 'a part of its path is no folder',
  EEXIST: 'a part of its path is no folder',
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'its file system is read-only',
  EISDIR: 'it is a directory',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
};

/** Why a file or folder cannot be used, without its path; undefined if it may be possible later. */
export function lastingReason(error: unknown): string | undefined {
  return REASONS[codeOf(error)];
}

/** Why a file or folder cannot be used, without its path. */
export function reasonOf(error: unknown): string {
  return lastingReason(error) ?? codeOf(error);
}

/**
 * Makes a folder for its owner alone, and those above it that are missing. One by one, because Node's own way of making
 * them all does not end in folders like `/proc`.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const isMissingAbove = codeOf(error) === 'ENOENT' && dirname(dirname(path)) !== dirname(path);
    if (isMissingAbove) {
      makeFolder(dirname(path));
      mkdirSync(path, { mode: 0o700 });
    } else if (codeOf(error) !== 'EEXIST') {
      throw error;
    }
  }
}

/** Why a file, and the folders above it that are missing, cannot be made; undefined if it seems that they can. */
export function makingFault(file: string): string | undefined {
  const folder = dirname(file);
  try {
    if (!statSync(folder).isDirectory()) return REASONS.ENOTDIR;
    accessSync(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? makingFault(folder) : reasonOf(error);
  }
}

/** Why a folder cannot be read, to follow the name of its variable; undefined if it can. */
export function folderFault(path: string): string | undefined {
  try {
    if (!statSync(path).isDirectory()) return `must name a folder: ${path} is a file`;
    accessSync(path, constants.R_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    return `names a folder that cannot be read: ${reasonOf(error)}`;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
