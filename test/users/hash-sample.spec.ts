import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { join } from 'node:path';
import { AbstractLogger, DataSource } from 'typeorm';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { fraction, sampleHashes } from '../../src/users/passwords/hash-sample.js';
import { noMetrics } from '../support/metrics.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';

const MOST = 1_000;

/** Remembers the statements. */
class Statements extends AbstractLogger {
  readonly texts: string[] = [];

  override logQuery(text: string): void {
    this.texts.push(text);
  }

  protected override writeLog(): void {}
}

function newKey(): KeyObject {
  return createSecretKey(randomBytes(32));
}

describe.each([
  {
    name: 'SQLite',
    url: () => Promise.resolve(`sqlite:${join(temporaryDirectory(), 'users.sqlite')}`),
    overriding: '',
  },
  { name: 'PostgreSQL', url: newPostgresDatabase, overriding: 'OVERRIDING SYSTEM VALUE' },
])('The accounts whose hashes are looked at ($name)', ({ url, overriding }) => {
  const statements = new Statements('all');
  let database: Database;

  beforeEach(async () => {
    const options = await dataSourceOptions(Env.load({ DATABASE_URL: await url() }));
    database = new Database(new DataSource({ ...options, logger: statements }), noMetrics);
    await database.onModuleInit();
  });

  afterEach(() => database.onApplicationShutdown());

  /** Accounts with the ids of a range. */
  const addAccounts = (first: number, last: number) =>
    database.write((manager) =>
      manager.query(
        `INSERT INTO users (id, username, password_hash, credential_version, created_at_ms)
         ${overriding} WITH RECURSIVE numbers(n) AS
           (SELECT ${first} UNION ALL SELECT n + 1 FROM numbers WHERE n < ${last})
         SELECT n, 'user-' || n, 'hash-' || n, 1, 1 FROM numbers`,
      ),
    );

  const idsUnder = async (key: KeyObject) =>
    (await sampleHashes(database, key)).map(({ id }) => id).sort((a, b) => a - b);

  it('are all of them if they are few', async () => {
    expect(await sampleHashes(database, newKey())).toEqual([]);
    await addAccounts(1, MOST);
    const found = await sampleHashes(database, newKey());
    expect(found).toHaveLength(MOST);
    expect(found[6]).toEqual({ id: 7, passwordHash: 'hash-7' });
  });

  it('are no more than a thousand of many, found in bounded steps from all over the table', async () => {
    await addAccounts(1, 20_000);
    statements.texts.length = 0;
    const ids = await idsUnder(newKey());
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(0.75 * MOST);
    expect(ids.length).toBeLessThanOrEqual(MOST);
    const inFirstHalf = ids.filter((id) => id <= 10_000).length / ids.length;
    expect(Math.abs(inFirstHalf - 0.5)).toBeLessThan(0.25);

    expect(statements.texts.length).toBeLessThan(110);
    const others = statements.texts.filter((text) => !/ORDER BY id LIMIT \d+$/.test(text));
    expect(others).toEqual(['SELECT MAX(id) AS id FROM users']);
  });

  it('are the same ones for all instances of a key, and others for another key', async () => {
    await addAccounts(1, 20_000);
    const [key, other] = [newKey(), newKey()];
    const ids = await idsUnder(key);
    expect(await idsUnder(key)).toEqual(ids);
    const common = (await idsUnder(other)).filter((id) => ids.includes(id));
    expect(common.length).toBeLessThan(ids.length / 2);
  });

  it('are many if most ids were never given', async () => {
    await addAccounts(1, 5_000);
    await addAccounts(2_000_000_000, 2_000_000_000);
    const ids = await idsUnder(newKey());
    expect(ids.length).toBeGreaterThan(0.75 * MOST);
    expect(ids.length).toBeLessThanOrEqual(MOST);
  });

  it('stay nearly the same ones while accounts are added', async () => {
    await addAccounts(1, 20_000);
    const key = newKey();
    const before = await idsUnder(key);
    await addAccounts(20_001, 20_400);
    const after = new Set(await idsUnder(key));
    const kept = before.filter((id) => after.has(id)).length;
    expect(kept).toBeGreaterThan(0.85 * before.length);
  });
});

describe('The number of a text under a key', () => {
  it('is from 0 up to 1, the same each time, and another one for another text or key', () => {
    const key = newKey();
    const numbers = Array.from({ length: 2_000 }, (_, index) => fraction(key, `text ${index}`));
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    expect(new Set(numbers).size).toBe(numbers.length);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
    expect(fraction(key, 'text 7')).toBe(numbers[7]);
    expect(fraction(newKey(), 'text 7')).not.toBe(numbers[7]);
  });
});
