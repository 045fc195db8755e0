import type { EntityManager } from 'typeorm';

/** The identity column's sequence. */
const POSTGRES_SEQUENCE = "pg_get_serial_sequence('users', 'id')::regclass";

/** The largest id that PostgreSQL's column holds, less one for the next account. */
export const LARGEST_USER_ID = 2 ** 31 - 2;

/** The highest id that an account was ever given, deleted ones included; 0 where there was none. */
export async function lastGivenId(manager: EntityManager): Promise<number> {
  const rows: { last: string | number }[] = await manager.query(
    isPostgres(manager)
      ? `SELECT COALESCE(pg_sequence_last_value(${POSTGRES_SEQUENCE}), 0) AS last`
      : "SELECT seq AS last FROM sqlite_sequence WHERE name = 'users'",
  );
  return Number(rows[0]?.last ?? 0);
}

/** Lets no account that is made later have an id up to this one. To be called in a transaction. */
export async function reserveIds(manager: EntityManager, lastId: number): Promise<void> {
  if ((await lastGivenId(manager)) >= lastId) return;
  if (isPostgres(manager)) {
    // Beside nobody who takes an id, because setting a sequence may also set it back.
    await manager.query('LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE');
    if ((await lastGivenId(manager)) >= lastId) return;
    await manager.query(`SELECT setval(${POSTGRES_SEQUENCE}, $1)`, [lastId]);
    return;
  }
  await manager.query("DELETE FROM sqlite_sequence WHERE name = 'users'");
  await manager.query("INSERT INTO sqlite_sequence (name, seq) VALUES ('users', ?)", [lastId]);
}

function isPostgres(manager: EntityManager): boolean {
  return manager.connection.options.type === 'postgres';
}
