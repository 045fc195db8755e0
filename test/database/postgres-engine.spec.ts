import { DataSource } from 'typeorm';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { PostgresEngine } from '../../src/database/postgres-engine.js';
import { eventually } from '../support/eventually.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';

const SERVING_LIMIT_MS = 10_000;

const open = new Set<PostgresEngine>();

afterEach(async () => {
  await Promise.all([...open].map((engine) => engine.close()));
  open.clear();
});

async function engineAt(DATABASE_URL: string): Promise<PostgresEngine> {
  const engine = new PostgresEngine(new DataSource(await dataSourceOptions({ DATABASE_URL })));
  open.add(engine);
  await engine.open();
  return engine;
}

describe('The engine of PostgreSQL', () => {
  it('takes a session that has its settings as it is', async () => {
    expect((await engineAt(await newPostgresDatabase())).isPooled).toBe(false);
  });

  it.each(['directly', 'through a pooler'])(
    'has its own timeouts, isolation and schema whatever the database says, %s',
    async (way) => {
      const direct = await newPostgresDatabase();
      const admin = await connectToPostgres(direct);
      const name = new URL(direct).pathname.slice(1);
      await admin.query('CREATE SCHEMA auth');
      await admin.query(`ALTER DATABASE ${name} SET default_transaction_isolation = serializable`);
      await admin.query(`ALTER DATABASE ${name} SET statement_timeout = '1h'`);
      const url = way === 'directly' ? direct : await startPgBouncer(direct);
      const engine = await engineAt(`${url}?options=-c%20search_path%3Dauth`);
      for (const method of ['read', 'write'] as const) {
        const [settings]: unknown[] = await engine[method]((manager) =>
          manager.query(
            `SELECT current_setting('statement_timeout') AS statement, current_schema() AS schema,
               current_setting('idle_in_transaction_session_timeout') AS idle,
               current_setting('transaction_isolation') AS isolation`,
          ),
        );
        expect(settings).toEqual({
          ...{ statement: '1500ms', idle: '3s', isolation: 'read committed', schema: 'auth' },
        });
      }
    },
  );

  it('does not do later what a full pooler let wait too long', async () => {
    const pooler = await startPgBouncer(await newPostgresDatabase(), { default_pool_size: 1 });
    const engine = await engineAt(pooler);
    const rival = await connectToPostgres(pooler);
    await rival.query('BEGIN');
    const work = jest.fn(() => Promise.resolve());
    await expect(engine.write(work)).rejects.toMatchObject({ code: 'ETIMEDOUT' });
    await rival.query('ROLLBACK');
    await eventually(() => engine.ping(), SERVING_LIMIT_MS);
    expect(work).not.toHaveBeenCalled();
    await engine.write(work);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
