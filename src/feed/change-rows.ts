import type { EntityManager } from 'typeorm';
import { runStatement } from '../database/statements.js';
import { KEPT_ENTRIES, LOOK_ENTRIES, type FeedEntry, type IndexedEntry } from './change-feed.js';
import { parseText, toText, withoutGap } from './entry-text.js';

/** Row 0 names the life of the table; the others are the entries 1, 2 and so on, without a gap. */
interface ChangeRow {
  readonly id: number | string;
  readonly entry: string;
}

interface FoundRow extends ChangeRow {
  readonly last: number | string;
  readonly place: string;
}

/** So many appended entries pay for removing as many old ones. */
const REMOVED_AT_ONCE = 500;

/** Which life of the table it is. */
interface NamedRows {
  /** The word in row 0, if there is one. */
  readonly word: string | undefined;
  /** What the expression for the place answered. */
  readonly place: string;
}

interface AppendedRow extends NamedRows {
  readonly index: number;
}

/** What the table of changes says. */
export interface FoundRows extends NamedRows {
  readonly end: number;
  readonly entries: readonly IndexedEntry[];
}

/**
 * Appends an entry, in a transaction beside which no other one appends: so ids are in the order of commits, and
 * none is left out.
 */
export async function appendRow(
  manager: EntityManager,
  entry: FeedEntry,
  place = "''",
): Promise<AppendedRow> {
  const [row] = await runStatement<{ id: number | string; word: string | null; place: string }>(
    manager,
    `WITH given AS (SELECT CAST($1 AS TEXT) AS entry)
     INSERT INTO changes (id, entry)
     SELECT (SELECT COALESCE(MAX(id), 0) FROM changes) + 1, entry FROM given
     RETURNING id, (SELECT entry FROM changes WHERE id = 0) AS word, ${place} AS place`,
    [toText(entry)],
  );
  const index = Number(row?.id);
  if (index % REMOVED_AT_ONCE === 0) {
    await runStatement(manager, 'DELETE FROM changes WHERE id > 0 AND id <= $1', [
      index - KEPT_ENTRIES,
    ]);
  }
  return { index, word: row?.word ?? undefined, place: row?.place ?? '' };
}

/** Gives the table's life its name. */
export async function nameRows(manager: EntityManager, word: string): Promise<void> {
  await runStatement(
    manager,
    `INSERT INTO changes (id, entry) VALUES (0, $1) ON CONFLICT (id) DO UPDATE SET entry = excluded.entry`,
    [word],
  );
}

/**
 * Reads in one statement, so that all of it is of one moment.
 * @param after entries up to here are not read
 * @param place an SQL expression that tells where the table lies
 */
export async function readRows(
  manager: EntityManager,
  after: number,
  place = "''",
): Promise<FoundRows> {
  const rows = await runStatement<FoundRow>(
    manager,
    `SELECT id, entry, last, ${place} AS place FROM changes, (SELECT MAX(id) AS last FROM changes) AS newest
     WHERE id = 0 OR id > $1 AND id > last - ${LOOK_ENTRIES} ORDER BY id`,
    [after],
  );
  const end = Number(rows[0]?.last ?? 0);
  const word = Number(rows[0]?.id) === 0 ? rows[0]?.entry : undefined;
  const entries = rows
    .map(({ id, entry }) => ({ index: Number(id), ...parseText(entry) }))
    .filter(({ index }) => index > 0);
  return { word, place: rows[0]?.place ?? '', end, entries: withoutGap(entries, end) };
}
