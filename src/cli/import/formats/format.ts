import type { SaltIs } from '../../../users/passwords/formats/salted-pbkdf2.js';
import type { ImportedHash } from '../../../users/passwords/formats/stored-form.js';
import { plainName, type Fields } from '../fields.js';

/**
 * What a field of another system means here: one of our own fields, or
 * - `else-username`: the username if the account has no other, and is left out beside one;
 * - `only-username`: the username if the account has no other, and is not known beside one;
 * - `enabled`: the opposite of `disabled`;
 * - `disabled_at`: disabled if there is any such time; `disabled_until`: if it is in the future;
 * - `created_at_ms`: milliseconds since 1970;
 * - `hash-part`: read by the format's `hashOf`;
 * - `left-out`: accounts here have none of it.
 */
export type Meaning =
  | (typeof OWN_FIELDS)[number]
  | 'else-username'
  | 'only-username'
  | 'enabled'
  | 'disabled_at'
  | 'disabled_until'
  | 'created_at_ms'
  | 'hash-part'
  | 'left-out';

/** The fields of `users export`, and those of a hash in parts. */
export const OWN_FIELDS = [
  ...(['username', 'password_hash', 'salt', 'hash', 'iterations', 'salt_is'] as const),
  ...(['id', 'created_at', 'disabled', 'roles', 'last_id'] as const),
];

/** What a format is told beyond the file. */
export interface FormatSettings {
  /** Firebase's parameters of a project. */
  readonly hashConfig?: Fields | undefined;
  /** What salts are in accounts that have no `salt_is`. */
  readonly saltIs?: SaltIs | undefined;
}

/** How another system exports accounts. */
export interface AccountFormat {
  /** As `--from` takes it. */
  readonly name: string;
  /** For people, as the end of "It was read as …". */
  readonly title: string;
  /** Lists of names, all of one of which only this format has among the fields of an account or beside them. */
  readonly signatures: readonly (readonly string[])[];
  readonly meanings: ReadonlyMap<string, Meaning>;
  /** Whether it has more beside its accounts, which is no part of them. */
  readonly beside?: 'anything';
  /** The account in a record that wraps it; undefined if it is of something else. */
  readonly unwrap?: (record: Fields) => Fields | undefined;
  /** The hash of an account's `hash-part` fields. @throws Error with what is wrong with them */
  readonly hashOf?: (parts: Fields, settings: FormatSettings) => ImportedHash;
  /**
   * Looks at what stands beside the accounts, once, before any is read.
   * @throws CommandFailure if it will not do
   */
  readonly settingsOf?: (beside: Fields, settings: FormatSettings) => FormatSettings;
}

/** Meanings by plain names, from lists of names with spaces between them. */
export function meanings(
  lists: Partial<Record<Meaning, string>>,
  base?: ReadonlyMap<string, Meaning>,
): ReadonlyMap<string, Meaning> {
  const own = Object.entries(lists).flatMap(([meaning, names]) =>
    names.split(/\s+/).map((name) => [plainName(name), meaning as Meaning] as const),
  );
  return new Map([...(base ?? []), ...own]);
}
