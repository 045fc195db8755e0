import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { POSTGRES_MIGRATIONS } from '../../src/database/migrations/postgres/index.js';
import { SQLITE_MIGRATIONS } from '../../src/database/migrations/sqlite/index.js';
import { newPostgresDatabase } from './postgres.js';
import { temporaryDirectory } from './server.js';

/** What a migration does with the rows of the version before it, on each kind of database. */
export const upgradedDatabases = [
  {
    name: 'SQLite',
    url: () => Promise.resolve(`sqlite:${join(temporaryDirectory(), 'older.sqlite')}`),
    all: SQLITE_MIGRATIONS,
  },
  { name: 'PostgreSQL', url: newPostgresDatabase, all: POSTGRES_MIGRATIONS },
].map(({ name, url, all }) => ({
  name,
  /**
   * Brings a new database to what there was before a migration, and then over it.
   * @returns what `after` reads
   */
  over: async <Read>(
    migration: string,
    before: (older: DataSource) => Promise<unknown>,
    after: (newer: DataSource) => Promise<Read>,
  ): Promise<Read> => {
    const options = await dataSourceOptions(Env.load({ DATABASE_URL: await url() }));
    const index = all.findIndex((each) => each.name === migration);
    if (index < 0) throw new Error(`There is no migration ${migration}`);
    const at = async <Result>(count: number, step: (source: DataSource) => Promise<Result>) => {
      const migrations = all.slice(0, count);
      const source = await new DataSource({ ...options, migrations }).initialize();
      await source.runMigrations();
      return step(source).finally(() => source.destroy());
    };
    await at(index, before);
    return at(index + 1, after);
  },
}));
