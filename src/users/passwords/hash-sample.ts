import { createHmac, type KeyObject } from 'node:crypto';
import type { Database } from '../../database/database.js';
import { bigintColumn } from '../../database/epoch-column.js';
import { runStatement } from '../../database/statements.js';

/** At most this many accounts are looked at; all of them if there are no more. */
const MAX_ROWS = 1_000;

/** Places along the ids where a look begins, in a larger table. */
const PLACES = 100;
const ROWS_OF_A_PLACE = MAX_ROWS / PLACES;

/** An account of the sample. */
export interface SampledHash {
  readonly id: number;
  readonly passwordHash: string;
}

/**
 * The hashes of some 1,000 accounts at most, found by the primary key. The places follow from the key, so
 * that every instance, at any time, looks at the same accounts.
 * @throws DomainError `service-unavailable`
 */
export async function sampleHashes(database: Database, key: KeyObject): Promise<SampledHash[]> {
  const all = await rowsFrom(database, 0, MAX_ROWS + 1);
  if (all.length <= MAX_ROWS) return all;
  const lastId = await greatestId(database);
  const found = new Map<number, SampledHash>();
  for (const place of placesUpTo(lastId, key)) {
    const rows = await rowsFrom(database, place, ROWS_OF_A_PLACE);
    for (const row of rows) found.set(row.id, row);
  }
  // Between ids that are far apart the places find few accounts: then the first ones stand for the others.
  if (found.size < MAX_ROWS / 2) {
    for (const row of all.slice(0, MAX_ROWS - found.size)) found.set(row.id, row);
  }
  return [...found.values()];
}

/** Ids at random up to a power of two, so that further accounts move none of the places. */
function placesUpTo(lastId: number, key: KeyObject): number[] {
  const end = 2 ** Math.ceil(Math.log2(lastId + 1));
  const places = Array.from({ length: 2 * PLACES }, (_, place) =>
    Math.floor(fraction(key, `place ${place}`) * end),
  );
  return places.filter((place) => place <= lastId).slice(0, PLACES);
}

/** A number from 0 up to 1 that a text has under a key, evenly spread. */
export function fraction(key: KeyObject, text: string): number {
  return createHmac('sha256', key).update(text).digest().readUIntBE(0, 6) / 2 ** 48;
}

async function greatestId(database: Database): Promise<number> {
  const [row] = await database.read((manager) =>
    runStatement<{ id: string | number | null }>(manager, 'SELECT MAX(id) AS id FROM users', []),
  );
  return bigintColumn.from(row?.id ?? null) ?? 0;
}

async function rowsFrom(database: Database, id: number, count: number): Promise<SampledHash[]> {
  const rows = await database.read((manager) =>
    runStatement<{ id: string | number; passwordHash: string }>(
      manager,
      `SELECT id, password_hash AS "passwordHash" FROM users WHERE id >= $1 ORDER BY id LIMIT ${count}`,
      [id],
    ),
  );
  return rows.map((row) => ({ id: Number(row.id), passwordHash: row.passwordHash }));
}
