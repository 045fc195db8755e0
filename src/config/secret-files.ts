import { readTextFile, UnreadableFile } from './text-file.js';

type Variables = Record<string, string | undefined>;

/**
 * What the files hold that `NAME_FILE` names, for each of the variables `names`. The one line break at the
 * end of a file is none of the value.
 * @returns the values by the names of the variables, and one fault for each file that will not do
 */
export function readSecretFiles(
  source: Variables,
  names: readonly string[],
): { values: Record<string, string>; faults: Map<string, string> } {
  const values: Record<string, string> = {};
  const faults = new Map<string, string>();
  for (const name of names) {
    const path = source[`${name}_FILE`];
    if (!path) continue;
    if (source[name]) {
      faults.set(name, `${name} and ${name}_FILE: set one of them`);
      continue;
    }
    try {
      const value = readTextFile(path).replace(/\r?\n$/, '');
      if (value === '') throw new UnreadableFile('it is empty');
      values[name] = value;
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      faults.set(name, `${name}_FILE names a file that cannot be used: ${error.message}`);
    }
  }
  return { values, faults };
}
