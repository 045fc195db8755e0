import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import { AbstractLogger, DataSource } from 'typeorm';
import { AuditService } from '../../src/audit/audit.service.js';
import { SecurityEvent } from '../../src/audit/security-event.entity.js';
import type { ClientInfo } from '../../src/common/client-info.js';
import { BackgroundJobs } from '../../src/config/background-jobs.js';
import { Env } from '../../src/config/env.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { noMetrics } from '../support/metrics.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { temporaryDirectory } from '../support/server.js';

const DAY_MS = 24 * 3600 * 1000;
const MANY = 20_000;

/** What the index is asked for, in one line of the plan. */
const CONDITION = /user_id.* AND .*type.* AND .*address_block.* AND .*at_ms/;

/** Remembers the last statement. */
class LastStatement extends AbstractLogger {
  text = '';
  parameters: unknown[] = [];

  override logQuery(text: string, parameters: unknown[] = []): void {
    Object.assign(this, { text, parameters });
  }

  protected override writeLog(): void {}
}

const numbers = {
  sqlite: `WITH RECURSIVE numbers(n) AS
    (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${MANY})`,
  postgres: `WITH numbers AS (SELECT generate_series(1, ${MANY}) AS n)`,
};

Logger.overrideLogger(false);

function clientAt(address: string): ClientInfo {
  return {
    address,
    userAgent: null,
    requestId: 'the-request',
    traceId: undefined,
    isGone: () => false,
  };
}

describe.each([
  {
    name: 'SQLite',
    url: () => Promise.resolve(`sqlite:${join(temporaryDirectory(), 'events.sqlite')}`),
    numbers: numbers.sqlite,
    explain: 'EXPLAIN QUERY PLAN',
  },
  {
    name: 'PostgreSQL',
    url: newPostgresDatabase,
    numbers: numbers.postgres,
    explain: 'EXPLAIN',
  },
])('The usual addresses of an account ($name)', (backend) => {
  const statement = new LastStatement('all');
  let source: DataSource;
  let database: Database;
  let audit: AuditService;

  beforeAll(async () => {
    const env = Env.load({ DATABASE_URL: await backend.url() });
    const options = await dataSourceOptions(env);
    source = new DataSource({ ...options, entities: [SecurityEvent], logger: statement });
    database = new Database(source, noMetrics);
    await database.onModuleInit();
    audit = new AuditService(env, database, new BackgroundJobs(false));
  });

  afterAll(() => database.onApplicationShutdown());

  it('are those where it logged in recently, and are found in the index among many events', async () => {
    await database.write((manager) =>
      manager.query(
        `INSERT INTO security_events (type, outcome, at_ms, user_id, address, address_block)
         ${backend.numbers} SELECT 'login.succeeded', 'success', ${Date.now() - 29 * DAY_MS} + n, n % 7,
           '192.0.2.' || (n % 5), '192.0.2.' || (n % 5) FROM numbers`,
      ),
    );
    await database.write((manager) => manager.query('ANALYZE'));
    expect(await audit.hasLoggedInFrom(1, '192.0.2.1', 30)).toBe(true);
    expect(await audit.hasLoggedInFrom(1, '192.0.2.1', 28)).toBe(false);
    expect(await audit.hasLoggedInFrom(7, '192.0.2.1', 30)).toBe(false);
    expect(await audit.hasLoggedInFrom(1, '192.0.2.9', 30)).toBe(false);

    const { text, parameters } = statement;
    const plan = await source.query<object[]>(`${backend.explain} ${text}`, parameters);
    const words = plan.map((row) => Object.values(row).join(' ')).join('\n');
    expect(words).toMatch(/security_events_known/);
    expect(words).toMatch(CONDITION);
  });

  it('include the IPv6 network of each', async () => {
    const client = clientAt('2001:db8:0:7::1');
    await audit.recordAlone({ type: 'login.succeeded', userId: 9, client });
    expect(await audit.hasLoggedInFrom(9, '2001:db8:0:7:ffff::2', 30)).toBe(true);
    expect(await audit.hasLoggedInFrom(9, '2001:db8:0:8::1', 30)).toBe(false);
  });

  it('do not include those where a log-in failed', async () => {
    const client = clientAt('198.51.100.1');
    await audit.recordAlone({ type: 'login.failed', outcome: 'failure', userId: 9, client });
    expect(await audit.hasLoggedInFrom(9, client.address, 30)).toBe(false);
  });
});
