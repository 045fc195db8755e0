import { mkdirSync } from 'node:fs';
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

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
