import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { afterCommit } from '../../src/database/after-commit.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { noMetrics } from '../support/metrics.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';

Logger.overrideLogger(false);

const insert =
  "INSERT INTO users (username, password_hash, credential_version, created_at_ms) VALUES ('miguel', '', 1, 0)";

describe.each([
  ['SQLite', () => Promise.resolve(`sqlite:${join(temporaryDirectory(), 'gatehouse.sqlite')}`)],
  ['PostgreSQL', newPostgresDatabase],
])('What waits for a commit (%s)', (_, urlOf) => {
  let database: Database;

  beforeAll(async () => {
    const env = Env.load({ DATABASE_URL: await urlOf() });
    database = new Database(new DataSource(await dataSourceOptions(env)), noMetrics);
    await database.onModuleInit();
  });

  afterAll(() => database.onApplicationShutdown());

  it('happens in its order, once everybody can see the change', async () => {
    const seen: string[] = [];
    let reading: Promise<unknown[]> | undefined;
    await database.write(async (manager) => {
      await manager.query(insert);
      afterCommit(manager, () => {
        seen.push('first');
        reading = database.read((reader) => reader.query('SELECT username FROM users'));
      });
      afterCommit(manager, () => seen.push('second'));
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual(['first', 'second']);
    expect(await reading).toEqual([{ username: 'miguel' }]);
  });

  it('never happens if the transaction is undone, nor after a later one', async () => {
    const action = jest.fn();
    const undone = database.write((manager) => {
      afterCommit(manager, action);
      return Promise.reject(new Error('undo it'));
    });
    await expect(undone).rejects.toThrow('undo it');
    await database.write((manager) => manager.query('SELECT 1'));
    expect(action).not.toHaveBeenCalled();
  });

  it('happens once', async () => {
    const action = jest.fn();
    await database.write((manager) => {
      afterCommit(manager, action);
      return Promise.resolve();
    });
    await database.write((manager) => manager.query('SELECT 1'));
    expect(action).toHaveBeenCalledTimes(1);
  });
});
