import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { Env } from '../config/env.js';
import { noMetrics } from '../../test/support/metrics.js';
import { temporaryDirectory } from '../../test/support/server.js';
import { dataSourceOptions } from './data-source.js';
import { Database } from './database.js';
import { runPendingMigrations } from './migrate.js';
import { SQLITE_MIGRATIONS } from './migrations/sqlite/index.js';
import { SqliteTransactions } from './sqlite-transactions.js';

const SERVING_LIMIT_MS = 10_000;

Logger.overrideLogger(false);

class CreateNotes1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (name TEXT)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE notes');
  }
}

class FailHalfWay1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE drafts (name TEXT)');
    await runner.query('INSERT INTO nowhere VALUES (1)');
  }

  async down(): Promise<void> {}
}

function emptyFile(): string {
  return join(temporaryDirectory(), 'empty.sqlite');
}

async function optionsFor(file: string) {
  return dataSourceOptions(Env.load({ DATABASE_URL: `sqlite:${file}` }));
}

async function serves(database: Database): Promise<void> {
  const deadlineMs = performance.now() + SERVING_LIMIT_MS;
  for (;;) {
    try {
      await database.ping();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await sleep(100);
  }
}

/** Migrates as the service does at its start. */
function migrate(runner: QueryRunner): Promise<void> {
  return new SqliteTransactions(runner).run(({ queryRunner }) => runPendingMigrations(queryRunner));
}

/** Every table and index, and which migrations made them. */
async function contents(source: DataSource): Promise<{ schema: unknown[]; migrations: unknown[] }> {
  const schema = await source.query<{ name: string }[]>(
    'SELECT * FROM sqlite_master ORDER BY name',
  );
  const isRecorded = schema.some(({ name }) => name === 'migrations');
  const migrations = isRecorded
    ? await source.query<unknown[]>('SELECT * FROM migrations ORDER BY id')
    : [];
  return { schema, migrations };
}

describe('Migrations', () => {
  const open = new Set<DataSource>();

  async function connect(file: string, migrations: unknown[] = []): Promise<DataSource> {
    const options = {
      ...(await optionsFor(file)),
      migrations,
    } as typeof DataSource.prototype.options;
    const source = await new DataSource(options).initialize();
    open.add(source);
    return source;
  }

  // TypeORM itself prints why a migration failed.
  beforeAll(() => jest.spyOn(console, 'log').mockImplementation());

  afterEach(async () => {
    for (const source of open) await source.destroy();
    open.clear();
  });

  it('make one schema if two instances start at once on an empty file, and both serve', async () => {
    const file = emptyFile();
    const options = await optionsFor(file);
    const databases = [1, 2].map(() => new Database(new DataSource(options), noMetrics));
    await Promise.all(databases.map((database) => database.onModuleInit()));
    await Promise.all(databases.map(serves));
    const names = [1, 2, 3, 4].map((number) => `session-${number}`);
    for (const [index, name] of names.entries()) {
      await databases[index % 2]?.write((manager) =>
        manager.query(
          `INSERT INTO sessions (id, user_id, created_at_ms, renewed_at_ms, expires_at_seconds,
             ends_at_seconds, generation, address) VALUES (?, 1, 1, 1, 1, 1, 0, '::1')`,
          [name],
        ),
      );
    }
    const { migrations } = await contents(await connect(file));
    expect(migrations).toMatchObject(
      SQLITE_MIGRATIONS.map((migration) => ({ name: migration.name })),
    );
    for (const database of databases) {
      const rows = await database.read((manager) => manager.query('SELECT id FROM sessions'));
      expect(rows).toEqual(names.map((id) => ({ id })));
      await database.onApplicationShutdown();
    }
  });

  it('change nothing when they run again', async () => {
    const source = await connect(emptyFile(), SQLITE_MIGRATIONS);
    await migrate(source.createQueryRunner());
    const first = await contents(source);
    expect(first.schema.length).toBeGreaterThan(SQLITE_MIGRATIONS.length);
    await migrate(source.createQueryRunner());
    expect(await contents(source)).toEqual(first);
  });

  it('leave nothing behind if one of them fails', async () => {
    const file = emptyFile();
    const source = await connect(file, [CreateNotes1700000000001, FailHalfWay1700000000002]);
    await expect(migrate(source.createQueryRunner())).rejects.toThrow(/nowhere/);
    expect(await contents(await connect(file))).toEqual({ schema: [], migrations: [] });
  });

  it('leave what was there if a later one fails, and run once it is mended', async () => {
    const file = emptyFile();
    const first = await connect(file, [CreateNotes1700000000001]);
    await migrate(first.createQueryRunner());
    const before = await contents(first);
    const failing = await connect(file, [CreateNotes1700000000001, FailHalfWay1700000000002]);
    await expect(migrate(failing.createQueryRunner())).rejects.toThrow(/nowhere/);
    expect(await contents(first)).toEqual(before);

    await first.query('CREATE TABLE nowhere (number INTEGER)');
    await migrate(failing.createQueryRunner());
    expect((await contents(first)).migrations).toHaveLength(2);
  });

  it('leave the file to others once they are done', async () => {
    const file = emptyFile();
    const source = await connect(file, [FailHalfWay1700000000002]);
    await expect(migrate(source.createQueryRunner())).rejects.toThrow(/nowhere/);
    const other = await connect(file, [CreateNotes1700000000001]);
    await migrate(other.createQueryRunner());
    expect((await contents(source)).migrations).toHaveLength(1);
  });
});
