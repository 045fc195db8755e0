import type { EntityManager } from 'typeorm';
import { runStatement } from '../database/statements.js';
import { CLOCK_SKEW_SECONDS } from './clock.js';

/** What the live records say about a user, once for all tokens and keys. The account's row is the truth about it. */
export interface UserFacts {
  readonly username: string;
  /** Sorted. */
  readonly roles: readonly string[];
  readonly isDisabled: boolean;
  /** When it was changed last, in ms; higher at each change, so that the later of two is known. 0 before the first. */
  readonly version: number;
}

/**
 * What is said of a user whose account was deleted: nothing. It is later than what any instance has said until now, and
 * not than all that may come: a database that was restored from a backup may have the account again.
 */
export function goneFacts(): UserFacts {
  const version = Date.now() + CLOCK_SKEW_SECONDS * 1000;
  return { username: '', roles: [], isDisabled: true, version };
}

/** Whether both say the same of the user, whenever that was. */
export function isSameOfUser(one: UserFacts, other: UserFacts): boolean {
  return (
    one.username === other.username &&
    formatRoles(one.roles) === formatRoles(other.roles) &&
    one.isDisabled === other.isDisabled
  );
}

/** The columns of `users` that {@link toFacts} reads. */
export const FACTS_COLUMNS =
  'users.username, users.roles, users.disabled_at_ms, users.facts_version';

export interface FactsRow {
  readonly username: string;
  readonly roles: string;
  readonly disabled_at_ms: string | number | null;
  readonly facts_version: string | number;
}

export function toFacts(row: FactsRow): UserFacts {
  return {
    username: row.username,
    roles: parseRoles(row.roles),
    isDisabled: row.disabled_at_ms !== null,
    version: Number(row.facts_version),
  };
}

/** The account's present facts; undefined if there is no such account. */
export async function readFacts(
  manager: EntityManager,
  userId: number,
): Promise<UserFacts | undefined> {
  const sql = `SELECT ${FACTS_COLUMNS} FROM users WHERE id = $1`;
  const [row] = await runStatement<FactsRow>(manager, sql, [userId]);
  return row && toFacts(row);
}

/** The roles that a text of {@link formatRoles} has. */
export function parseRoles(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}

/** Roles as they are kept: one text, with spaces between them. */
export function formatRoles(roles: readonly string[]): string {
  return roles.join(' ');
}
