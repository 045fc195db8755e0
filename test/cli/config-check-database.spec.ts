import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { gatehouse, jsonLines } from '../support/cli.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { eventually } from '../support/eventually.js';
import { Server, temporaryDirectory } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

interface Finding {
  about: string;
  verdict: string;
  message: string;
}

/** How `config check --connect` ends, and what it says is wrong. */
async function wrongIn(DATABASE_URL: string): Promise<{ code: number | null; wrong: string[] }> {
  const place = { directory: temporaryDirectory(), variables: { DATABASE_URL } };
  const { code, stdout } = await gatehouse(place, ['config', 'check', '--connect', '--json']);
  const found = jsonLines<Finding>(stdout).filter(({ verdict }) => verdict === 'wrong');
  return { code, wrong: found.map(({ message }) => message) };
}

/** A start stays alive, is not ready, and says why; it is ready once `mend` was done. */
async function expectRefusal(url: string, reason: RegExp, mend?: () => Promise<unknown>) {
  const server = await Server.start({ DATABASE_URL: url });
  const { client } = server;
  expect((await client.get('/health/ready')).status).toBe(503);
  const json = { username: 'susan', password: 'correct horse' };
  expect((await client.post('/user', { json })).status).toBe(503);
  const [line] = server.lines.filter(({ context }) => context === 'Database');
  expect(line).toMatchObject({ level: 'error', msg: expect.stringMatching(reason) });
  if (mend) {
    await mend();
    await eventually(async () => {
      expect((await client.get('/health/ready')).status).toBe(200);
    }, 10_000);
    expect((await client.post('/user', { json })).status).toBe(201);
  }
  await server.stop();
}

describe('config check --connect, and a start', () => {
  const role = `gatehouse_${randomBytes(6).toString('hex')}`;
  let owner: pg.Client;
  /** The name of a database with the tables of the service, which others are copies of. */
  let made: string;

  beforeAll(async () => {
    owner = await connectToPostgres(process.env.TEST_POSTGRES_URL ?? '');
    await owner.query(`CREATE ROLE ${role} LOGIN PASSWORD 'role'`);
    const url = await newPostgresDatabase();
    await (await Server.start({ DATABASE_URL: url })).stop();
    made = new URL(url).pathname.slice(1);
  });

  /** A database that is empty or has the tables of the service, which the role is to use. */
  async function newDatabase(isMade = false): Promise<{ url: string; admin: pg.Client }> {
    const own = await newPostgresDatabase(isMade ? made : undefined);
    const url = new URL(own);
    Object.assign(url, { username: role, password: 'role' });
    return { url: url.href, admin: await connectToPostgres(own) };
  }

  it.each(['LATIN1', 'SQL_ASCII'])(
    'find an encoding that cannot hold every name: %s',
    async (encoding) => {
      const name = `gatehouse_${randomBytes(6).toString('hex')}`;
      await owner.query(
        `CREATE DATABASE ${name} ENCODING '${encoding}' LOCALE 'C' TEMPLATE template0`,
      );
      const url = new URL(process.env.TEST_POSTGRES_URL ?? '');
      url.pathname = `/${name}`;
      const reason = new RegExp(`Its encoding is ${encoding}.*ENCODING 'UTF8'`);
      expect(await wrongIn(url.href)).toEqual({
        ...{ code: 1, wrong: [expect.stringMatching(reason)] },
      });
      await expectRefusal(url.href, reason);
      const client = await connectToPostgres(url.href);
      const { rows } = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
      expect(rows).toEqual([]);
    },
  );

  it('find a role that may make no tables', async () => {
    const { url, admin } = await newDatabase();
    const reason = /permission denied for schema public: make its user the owner/;
    expect(await wrongIn(url)).toEqual({ code: 1, wrong: [expect.stringMatching(reason)] });
    const mend = () => admin.query(`GRANT CREATE ON SCHEMA public TO ${role}`);
    await expectRefusal(url, reason, mend);
    expect(await wrongIn(url)).toEqual({ code: 0, wrong: [] });
  });

  it('find a role that may only read, by what it lacks', async () => {
    const { url, admin } = await newDatabase(true);
    await admin.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    const reason = /may not write to all tables: .*INSERT on users, .*USAGE on users_id_seq/;
    expect(await wrongIn(url)).toEqual({ code: 1, wrong: [expect.stringMatching(reason)] });
    await expectRefusal(url, reason, () =>
      admin.query(
        `GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role};
         GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
      ),
    );
  });

  it('name every table that a role may only read, with none forgotten', async () => {
    const { url, admin } = await newDatabase(true);
    await admin.query(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    const { wrong } = await wrongIn(url);
    const { rows: tables } = await admin.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'migrations'",
    );
    expect(tables.map(({ tablename }) => tablename)).toContain('api_keys');
    const named = tables.filter(({ tablename }) => wrong[0]?.includes(`INSERT on ${tablename}`));
    expect(named).toEqual(tables);
  });

  it('find a role that may use tables, and not change them', async () => {
    const { url, admin } = await newDatabase(true);
    await admin.query(
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
       GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    );
    expect(await wrongIn(url)).toEqual({ code: 0, wrong: [] });
    await admin.query("DELETE FROM migrations WHERE name LIKE 'DeletedUsers%'");
    const { code, wrong } = await wrongIn(url);
    expect([code, wrong]).toEqual([
      1,
      [expect.stringMatching(/^The next start cannot .* its user does not own .*users/)],
    ]);
  });

  it('find a database that takes no writes', async () => {
    const url = await newPostgresDatabase();
    const admin = await connectToPostgres(url);
    const name = new URL(url).pathname.slice(1);
    await admin.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const { code, wrong } = await wrongIn(url);
    expect([code, wrong]).toEqual([
      1,
      [
        'It takes no writes: PostgreSQL is read-only',
        expect.stringMatching(/^The next start cannot make its schema: .*read-only transaction/),
      ],
    ]);
    await expectRefusal(url, /read-only/);
  });

  it('find rows that are hidden from the role', async () => {
    const { url, admin } = await newDatabase(true);
    await admin.query(
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
       GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role};
       ALTER TABLE sessions ENABLE ROW LEVEL SECURITY`,
    );
    const reason = /Row-level security hides rows .* sessions$/;
    expect(await wrongIn(url)).toEqual({ code: 1, wrong: [expect.stringMatching(reason)] });
  });

  it('find tables of another program', async () => {
    const { url, admin } = await newDatabase();
    await admin.query(`GRANT CREATE ON SCHEMA public TO ${role}; CREATE TABLE users (name text)`);
    await admin.query(`ALTER TABLE users OWNER TO ${role}`);
    const reason =
      /relation "users" already exists: give the service a database, or by search_path/;
    expect(await wrongIn(url)).toEqual({ code: 1, wrong: [expect.stringMatching(reason)] });
  });

  it('find a schema that is not there', async () => {
    const { url, admin } = await newDatabase();
    const reason = /The schema auth is not there, or not open to its user/;
    const { code, wrong } = await wrongIn(`${url}?search_path=auth`);
    expect([code, wrong[0]]).toEqual([1, expect.stringMatching(reason)]);
    await expectRefusal(`${url}?search_path=auth`, reason, () =>
      admin.query(`CREATE SCHEMA auth AUTHORIZATION ${role}`),
    );
  });

  it('find a role that is allowed too few connections', async () => {
    const { url, admin } = await newDatabase();
    await admin.query(`GRANT CREATE ON SCHEMA public TO ${role}`);
    await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT 5`);
    const { wrong } = await wrongIn(url);
    await admin.query(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    expect(wrong).toEqual([
      expect.stringMatching(/5 connections .* each instance makes up to 10$/),
    ]);
  });

  it('find a database that is not there', async () => {
    const { url } = await newDatabase();
    const missing = url.replace(/\/gatehouse_\w+$/, '/nowhere');
    expect(await wrongIn(missing)).toEqual({
      ...{ code: 1, wrong: [expect.stringMatching(/cannot be used: database "nowhere" does not/)] },
    });
  });

  it('find a right that was taken away while it runs', async () => {
    const { url, admin } = await newDatabase(true);
    await admin.query(
      `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
       GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${role}`,
    );
    const { client } = await Server.start({ DATABASE_URL: url });
    await admin.query(`REVOKE INSERT ON users FROM ${role}`);
    const json = { username: 'susan', password: 'correct horse' };
    expect((await client.post('/user', { json })).status).toBe(503);
  });

  it('find a file of SQLite that is none, is of another program, or has no place', async () => {
    const folder = temporaryDirectory();
    const text = join(folder, 'text');
    writeFileSync(text, 'no database '.repeat(200));
    const theirs = join(folder, 'theirs.sqlite');
    writeFileSync(theirs, '');
    const file = await SqliteFile.open(theirs);
    await file.query('CREATE TABLE users (name TEXT)');
    await file.close();
    const cases: [string, RegExp][] = [
      [folder, /cannot be used: .*unable to open database file/],
      [text, /cannot be used: DATABASE_URL names a file that is no SQLite database$/],
      [theirs, /users.* already exists: it is a file of another program/],
    ];
    for (const [path, reason] of cases) {
      expect(await wrongIn(`sqlite:${path}`)).toEqual({
        ...{ code: 1, wrong: [expect.stringMatching(reason)] },
      });
    }
    await expectRefusal(`sqlite:${theirs}`, /it is a file of another program/);
    expect(await wrongIn(`sqlite:${text}/data/gatehouse.sqlite`)).toEqual({
      ...{
        code: 1,
        wrong: [expect.stringMatching(/cannot be made: a part of its path is no folder/)],
      },
    });
  });
});
