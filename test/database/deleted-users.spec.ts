import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { POSTGRES_MIGRATIONS } from '../../src/database/migrations/postgres/index.js';
import { SQLITE_MIGRATIONS } from '../../src/database/migrations/sqlite/index.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';

const NAME = 'DeletedUsers1700000009000';

describe.each([
  {
    name: 'SQLite',
    url: () => Promise.resolve(`sqlite:${join(temporaryDirectory(), 'older.sqlite')}`),
    all: SQLITE_MIGRATIONS,
  },
  { name: 'PostgreSQL', url: newPostgresDatabase, all: POSTGRES_MIGRATIONS },
])('The table of deleted accounts ($name)', ({ url, all }) => {
  it('begins with those whose deletion is remembered, and whose id is free', async () => {
    const options = dataSourceOptions(Env.load({ DATABASE_URL: await url() }));
    const connect = (migrations: unknown[]) =>
      new DataSource({ ...options, migrations } as typeof options).initialize();
    const index = all.findIndex((migration) => migration.name === NAME);

    const older = await connect(all.slice(0, index));
    await older.runMigrations();
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
    await older.destroy();

    const newer = await connect(all.slice(0, index + 1));
    await newer.runMigrations();
    const rows = await newer.query<{ id: number }[]>('SELECT id FROM deleted_users ORDER BY id');
    expect(rows.map(({ id }) => id)).toEqual([17, 18]);
    await newer.destroy();
  });
});
