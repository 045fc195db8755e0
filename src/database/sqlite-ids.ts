import type { GivenIds } from './engine.js';

/** Columns with AUTOINCREMENT. Transactions run one after the other, so that no row needs a lock. */
export const sqliteIds: GivenIds = {
  rowLock: '',

  async last(manager, table) {
    const rows: { last: number }[] = await manager.query(
      'SELECT seq AS last FROM sqlite_sequence WHERE name = ?',
      [table],
    );
    return rows[0]?.last ?? 0;
  },

  async reserve(manager, table, lastId) {
    if ((await this.last(manager, table)) >= lastId) return;
    await manager.query('DELETE FROM sqlite_sequence WHERE name = ?', [table]);
    await manager.query('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [table, lastId]);
  },

  insertion: (_table, given) => ({ overriding: '', id: given }),
};
