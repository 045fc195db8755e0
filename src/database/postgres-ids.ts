import type { GivenIds } from './engine.js';

/** Identity columns. Their sequence is not part of a transaction. */
export const postgresIds: GivenIds = {
  rowLock: 'ORDER BY id FOR KEY SHARE',

  async last(manager, table) {
    const rows: [{ last: string }] = await manager.query(
      `SELECT COALESCE(pg_sequence_last_value(${sequenceOf(table)}::regclass), 0) AS last`,
    );
    return Number(rows[0].last);
  },

  async reserve(manager, table, lastId) {
    if ((await this.last(manager, table)) >= lastId) return;
    // While no other transaction takes an id, because setting a sequence may also set it back.
    await manager.query(`LOCK TABLE ${table} IN SHARE ROW EXCLUSIVE MODE`);
    if ((await this.last(manager, table)) >= lastId) return;
    await manager.query(`SELECT setval(${sequenceOf(table)}, $1)`, [lastId]);
  },

  insertion: (table, given) => ({
    overriding: 'OVERRIDING SYSTEM VALUE',
    id: `COALESCE(${given}, nextval(${sequenceOf(table)}))`,
  }),
};

function sequenceOf(table: string): string {
  return `pg_get_serial_sequence('${table}', 'id')`;
}
