import type pg from 'pg';
import { gatehouse, jsonLines } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { startPgBouncer } from '../support/pgbouncer.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { Server } from '../support/server.js';
import { atOnce, logOut, renewed, TEST_KEY } from '../support/tokens.js';

const IGNORED = 'extra_float_digits,statement_timeout,idle_in_transaction_session_timeout,options';

/** Beyond the limit of a statement, 1.5 s. */
const CANCELLED_MS = 6_000;

/** What each server session of a pool of two has, as another client of the pooler meets it. */
async function sessionsBehind(url: string): Promise<unknown[]> {
  const [first, second] = [await connectToPostgres(url), await connectToPostgres(url)];
  await first.query('BEGIN');
  await second.query('BEGIN');
  const sessions: unknown[] = [];
  for (const client of [first, second]) {
    const { rows } = await client.query(
      `SELECT current_setting('statement_timeout') AS statement,
         current_setting('idle_in_transaction_session_timeout') AS idle,
         current_setting('transaction_isolation') AS isolation,
         current_setting('search_path') AS path,
         (SELECT count(*)::int FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory') AS locks`,
    );
    sessions.push(...rows);
    await client.query('ROLLBACK');
  }
  return sessions;
}

async function tablesOf(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ place: string }>(
    `SELECT schemaname || '.' || tablename AS place FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY place`,
  );
  return rows.map(({ place }) => place);
}

describe.each([
  ['refuses startup parameters', {}],
  ['ignores startup parameters', { ignore_startup_parameters: IGNORED }],
])('Behind a PgBouncer in transaction mode that %s', (_, settings) => {
  let database: string;
  let pooled: string;
  let servers: Server[];

  beforeAll(async () => {
    database = await newPostgresDatabase();
    pooled = await startPgBouncer(database, settings);
    // Both migrate, one after the other.
    const shared = { JWT_KEY: TEST_KEY, PUBLIC_URL: 'https://auth.example.com' };
    servers = await atOnce(2, () => Server.start({ DATABASE_URL: pooled, ...shared }));
  });

  it('two instances migrate once, and do all that they do elsewhere', async () => {
    const [{ client }, { client: other }] = servers as [Server, Server];
    await eventually(async () => {
      for (const { client } of servers) {
        expect((await client.get('/health/ready')).status).toBe(200);
      }
    }, 10_000);
    const { token, ...account } = await client.newSession();
    expect(await other.accepts(token)).toBe(true);
    const next = await renewed(other, token);
    const tokens = await atOnce(12, (index) => (index % 2 ? client : other).login(account));
    expect(await atOnce(12, (index) => client.accepts(tokens[index]!))).toEqual(
      Array(12).fill(true),
    );
    await logOut(client, next);
    expect(await other.accepts(next)).toBe(false);
    const json = { username: `${account.username}-2`, password: 'battery staple' };
    expect((await client.put('/user', { bearer: tokens[0]!, json })).status).toBe(200);
    const last = await other.login(json);
    expect((await other.get('/user/events', { bearer: last })).status).toBe(200);
    expect((await other.delete('/user', { bearer: last })).status).toBe(200);
  });

  it('gives up what another holds back, on the server too', async () => {
    const [{ client }] = servers as [Server];
    const { token } = await client.newSession();
    const rival = await connectToPostgres(database);
    await rival.query('BEGIN');
    await rival.query('LOCK TABLE tokens, users IN ACCESS EXCLUSIVE MODE');
    const waiting = async () => {
      const { rows } = await rival.query(
        `SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      return rows;
    };
    const [read, write] = await Promise.all([
      client.get('/user', { bearer: token }),
      client.post('/user', { json: { username: 'held-back', password: 'correct horse' } }),
      eventually(async () => expect(await waiting()).not.toEqual([]), CANCELLED_MS),
    ]);
    expect([read.status, write.status]).toEqual([503, 503]);
    await eventually(async () => expect(await waiting()).toEqual([]), CANCELLED_MS);
    await rival.query('ROLLBACK');
    await eventually(async () => expect(await client.accepts(token)).toBe(true), CANCELLED_MS);
  });

  it('leaves the sessions that others get as they were', async () => {
    const untouched = {
      statement: '0',
      idle: '0',
      isolation: 'read committed',
      path: '"$user", public',
      locks: 0,
    };
    expect(await sessionsBehind(pooled)).toEqual([untouched, untouched]);
  });

  it('keeps its tables in the schema of search_path', async () => {
    const own = await newPostgresDatabase();
    const admin = await connectToPostgres(own);
    await admin.query('CREATE SCHEMA auth');
    // An application of the same database has a table of the same name.
    await admin.query('CREATE TABLE users (theirs text)');
    const url = `${await startPgBouncer(own, settings)}?search_path=auth`;
    const { client, directory } = await Server.start({ DATABASE_URL: url });
    const account = await client.register();
    expect(await client.accepts(await client.login(account))).toBe(true);
    const tables = await tablesOf(admin);
    expect(tables).toContain('auth.users');
    expect(tables.filter((table) => table.startsWith('public.'))).toEqual(['public.users']);
    const { rows } = await admin.query('SELECT username FROM auth.users');
    expect(rows).toEqual([{ username: account.username }]);

    const place = { directory, variables: { DATABASE_URL: url } };
    const check = await gatehouse(place, ['config', 'check', '--connect', '--json']);
    expect([check.code, check.stderr]).toEqual([0, '']);
    const verdicts = jsonLines<{ verdict: string }>(check.stdout).map(({ verdict }) => verdict);
    expect(verdicts).toEqual(Array(7).fill('ok'));
  });
});
