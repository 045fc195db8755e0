import { Logger } from '@nestjs/common';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { eventually } from '../support/eventually.js';
import { noMetrics } from '../support/metrics.js';
import { temporaryDirectory } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';

const SERVING_LIMIT_MS = 10_000;

const UNAVAILABLE = { code: 'service-unavailable', retryAfterSeconds: 1 };

Logger.overrideLogger(false);

describe('The database', () => {
  let directory: string;
  let file: string;
  let database: Database;

  beforeEach(async () => {
    directory = temporaryDirectory();
    file = join(directory, 'data/gatehouse.sqlite');
    const env = Env.load({ DATABASE_URL: `sqlite:${file}` });
    database = new Database(new DataSource(await dataSourceOptions(env)), noMetrics);
  });

  afterEach(() => database.onApplicationShutdown());

  async function expectUnavailable(): Promise<void> {
    const work = jest.fn(() => Promise.resolve());
    await expect(database.ping()).rejects.toMatchObject(UNAVAILABLE);
    await expect(database.read(work)).rejects.toMatchObject(UNAVAILABLE);
    await expect(database.write(work)).rejects.toMatchObject(UNAVAILABLE);
    expect(work).not.toHaveBeenCalled();
  }

  it('makes its file, which only its owner may read', async () => {
    await database.onModuleInit();
    await database.ping();
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(directory, 'data')).mode & 0o777).toBe(0o700);
    for (const companion of ['-wal', '-shm']) {
      expect(statSync(file + companion).mode & 0o777).toBe(0o600);
    }
  });

  it('is unavailable before it is opened and after it is closed', async () => {
    await expectUnavailable();
    await database.onModuleInit();
    await database.ping();
    await database.onApplicationShutdown();
    await expectUnavailable();
  });

  it('opens its file once another program lets it go', async () => {
    mkdirSync(join(directory, 'data'));
    writeFileSync(file, '');
    const other = await SqliteFile.open(file);
    await other.lock();
    await other.query('CREATE TABLE others (name TEXT)');
    await database.onModuleInit();
    await expectUnavailable();
    await other.unlock();
    await eventually(() => database.ping(), SERVING_LIMIT_MS);
    await other.close();
  });

  it('cannot be opened if there is no place for its file, which is told by the variable', async () => {
    writeFileSync(join(directory, 'data'), 'a file where the directory should be');
    await expect(database.onModuleInit()).rejects.toThrow(/^DATABASE_URL: .* cannot be made/);
    await expectUnavailable();
  });

  it('stops trying when it is closed', async () => {
    mkdirSync(join(directory, 'data'));
    writeFileSync(file, '');
    const other = await SqliteFile.open(file);
    await other.lock();
    await database.onModuleInit();
    await database.onApplicationShutdown();
    await other.unlock();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(await other.query('SELECT name FROM sqlite_master')).toEqual([]);
    await other.close();
  });
});
