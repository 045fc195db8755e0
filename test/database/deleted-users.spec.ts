import { upgradedDatabases } from '../support/upgrade.js';

describe.each(upgradedDatabases)('The table of deleted accounts ($name)', ({ over }) => {
  it('begins with those whose deletion is remembered, and whose id is free', async () => {
    const rows = await over(
      'DeletedUsers1700000009000',
      async (older) => {
        await older.query(
          `INSERT INTO users (username, password_hash, credential_version, created_at_ms)
           VALUES ('susan', 'x', 1, 1)`,
        );
        await older.query(
          `INSERT INTO security_events (type, outcome, at_ms, address, user_id) VALUES
             ('account.deleted', 'success', 1, '::1', 17), ('account.deleted', 'success', 1, '::1', 18),
             ('account.deleted', 'success', 2, '::1', 18), ('login.succeeded', 'success', 3, '::1', 19),
             ('account.deleted', 'success', 4, '::1', NULL), ('account.deleted', 'success', 4, '::1', 1)`,
        );
      },
      (newer) => newer.query<{ id: number }[]>('SELECT id FROM deleted_users ORDER BY id'),
    );
    expect(rows.map(({ id }) => id)).toEqual([17, 18]);
  });
});
