import { hash as argon2id } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { serialize } from '@phc/format';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeOnEachDatabase, type Start } from '../support/backends.js';
import { gatehouse, jsonLines, type CommandResult } from '../support/cli.js';
import { uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { Server, temporaryDirectory } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

const PASSWORD = 'old crème brûlée';
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

interface Exported {
  id: number;
  username: string;
  password_hash: string;
  created_at: string;
  disabled: boolean;
}

function rawHash(iterations: number) {
  const salt = randomBytes(32);
  return { salt, hash: pbkdf2Sync(PASSWORD, salt, iterations, 32, 'sha256'), iterations };
}

/** As their retention does in the end. */
async function forgetEvents({ variables, directory }: Server): Promise<void> {
  const forget = 'DELETE FROM security_events';
  if (variables.DATABASE_URL !== undefined) {
    await (await connectToPostgres(variables.DATABASE_URL)).query(forget);
    return;
  }
  const sqlite = await SqliteFile.open(join(directory, 'data', 'gatehouse.sqlite'));
  await sqlite.query(forget);
  await sqlite.close();
}

function file(content: string | string[]): string {
  const path = join(temporaryDirectory(), 'accounts');
  writeFileSync(path, Array.isArray(content) ? content.join('\n') : content);
  return path;
}

/** A service of the tests around, what `users import` does beside it, and what came of it. */
function useService(start: Start) {
  let server: Server;

  beforeAll(async () => {
    server = await start();
  });

  const importing = (path: string, ...options: string[]): Promise<CommandResult> =>
    gatehouse(server, ['users', 'import', path, ...options]);

  const everybody = async (): Promise<Map<string, Exported>> => {
    const { stdout } = await gatehouse(server, ['users', 'export']);
    const users = jsonLines<Exported>(stdout).slice(0, -1);
    return new Map(users.map((user) => [user.username, user]));
  };

  /** Logs in with the old password, after a wrong one, and sees the hash replaced. */
  const expectTakenOver = async (names: string[]): Promise<void> => {
    const before = await everybody();
    for (const username of names) {
      expect(before.get(username)?.password_hash).not.toMatch(CURRENT);
      const wrong = { username, password: 'old creme brulee' };
      expect((await server.client.post('/authenticate_user', { json: wrong })).status).toBe(401);
      await server.client.login({ username, password: PASSWORD });
    }
    const after = await everybody();
    for (const username of names) {
      expect(after.get(username)?.password_hash).toMatch(CURRENT);
      await server.client.login({ username, password: PASSWORD });
    }
  };

  return { importing, everybody, expectTakenOver, server: () => server };
}

describeOnEachDatabase('users import', (start) => {
  const { importing, everybody, expectTakenOver, server } = useService(start);

  it('takes CSV with hashes of every kind, and each is replaced at the next log-in (S11)', async () => {
    const [raw, weak] = [rawHash(100_000), rawHash(1_000)];
    const hashes = {
      argon: await argon2id(PASSWORD, { memoryCost: 4096, timeCost: 3, parallelism: 1 }),
      pbkdf: serialize({ id: 'pbkdf2-sha256', params: { i: 1_000 }, ...rawHash(1_000) }),
      'bcrypt-a': (await bcrypt(PASSWORD, 4)).replace(/^\$2.\$/, '$2a$'),
      'bcrypt-b': (await bcrypt(PASSWORD, 5)).replace(/^\$2.\$/, '$2b$'),
      'bcrypt-y': (await bcrypt(PASSWORD, 4)).replace(/^\$2.\$/, '$2y$'),
    };
    const names = [...Object.keys(hashes), 'hex', 'base64'].map((name) => uniqueName(name));
    const lines = Object.values(hashes).map((hash, index) => `${names[index]},"${hash}",,,`);
    const path = file([
      '\uFEFFUsername,password_hash,salt,hash,iterations',
      ...lines,
      `${names[5]},,${raw.salt.toString('hex')},${raw.hash.toString('hex').toUpperCase()},100000`,
      `${names[6]},,${weak.salt.toString('base64')},${weak.hash.toString('base64')},1000\r`,
      '',
    ]);
    const { code, stdout, stderr } = await importing(path, '--salt-is', 'bytes');
    expect([code, stderr, stdout]).toEqual([0, '', 'Imported 7, there before 0, refused 0\n']);
    await expectTakenOver(names);
  });

  it('takes JSON lines, also from standard input, with ids, dates and disabled accounts', async () => {
    const [one, other] = [uniqueName('Üne'), uniqueName()];
    const password_hash = await bcrypt(PASSWORD, 4);
    const input = [
      { username: one, password_hash, id: 4_711, created_at: '2019-12-31T23:00:00+01:00' },
      { username: other, password_hash, disabled: true },
    ];
    const lines = input.map((row) => JSON.stringify(row)).join('\n');
    const { code, stdout } = await gatehouse(server(), ['users', 'import', '-', '--json'], lines);
    expect([code, jsonLines(stdout)]).toEqual([0, [{ imported: 2, unchanged: 0, refused: 0 }]]);
    const users = await everybody();
    expect(users.get(one.toLowerCase())).toMatchObject({
      ...{ id: 4_711, created_at: '2019-12-31T22:00:00.000Z', disabled: false },
    });
    expect(users.get(other)).toMatchObject({ disabled: true });
    const json = { username: other, password: PASSWORD };
    expect((await server().client.post('/authenticate_user', { json })).status).toBe(401);
    expect((await server().client.register()).id).toBeGreaterThan(4_711);
    await expectTakenOver([one.toLowerCase()]);
  });

  it('tells of each bad row where it stands, and imports the others', async () => {
    const taken = await server().client.register();
    const [first, last] = [uniqueName('first'), uniqueName('last')];
    const hash = await bcrypt(PASSWORD, 4);
    const secret = 'Do-Not-Show-Me';
    const path = file([
      'username,password_hash,id,disabled',
      `${first},${hash},,`,
      `${taken.username.toUpperCase()},${hash},,`,
      `${first.toUpperCase()},${hash},,`,
      `x,${hash},,`,
      `${uniqueName()},${secret},,`,
      `${uniqueName()},$2b$31$${hash.slice(7)},,`,
      `${uniqueName()},${hash},${taken.id},`,
      `${uniqueName()},${hash},0,`,
      `${uniqueName()},${hash},,perhaps`,
      `${uniqueName()},se"cret",,`,
      `${uniqueName()},${hash}`,
      `,${hash},,`,
      '',
      `${last},${hash},,`,
    ]);
    const { code, stdout, stderr } = await importing(path);
    expect([code, stdout]).toEqual([1, 'Imported 2, there before 0, refused 11\n']);
    expect(stderr.split('\n')).toEqual([
      'line 3: the username is taken, with another hash',
      'line 4: the username stands in line 2 too',
      'line 5: the username must have 4 to 80 characters',
      "line 6: the password's hash is of no known kind: docs/guides/moving-users.md has the kinds that are taken over",
      "line 7: the password's hash would take too long to verify",
      `line 8: the id ${taken.id} belongs to another account`,
      'line 9: the id must be a whole number from 1 to 2147483646',
      'line 10: disabled must be true or false',
      'line 11: it is not CSV (INVALID_OPENING_QUOTE)',
      'line 12: it has 2 columns, and the first line 4',
      'line 13: the username is missing',
      'Some rows were refused: correct them and import the file again',
      '',
    ]);
    await expectTakenOver([first, last]);
    await server().client.login(taken);
  });

  it('changes nothing when it is repeated, and says so', async () => {
    const rows = await Promise.all(
      [1, 2, 3].map(async () => ({
        username: uniqueName(),
        password_hash: await bcrypt(PASSWORD, 4),
      })),
    );
    const path = file(rows.map((row) => JSON.stringify(row)));
    expect((await importing(path)).stdout).toBe('Imported 3, there before 0, refused 0\n');
    const before = await everybody();
    const again = await importing(path);
    expect([again.code, again.stdout]).toEqual([0, 'Imported 0, there before 3, refused 0\n']);
    expect(await everybody()).toEqual(before);
  });

  it('tells when it is repeated who is disabled in the file by now, and disables nobody', async () => {
    const password_hash = await bcrypt(PASSWORD, 4);
    const [left, other] = [uniqueName(), uniqueName()];
    const textOf = (isDisabled: boolean) =>
      [left, other].map((username) =>
        JSON.stringify({ username, password_hash, disabled: isDisabled && username === left }),
      );
    await importing(file(textOf(false)));
    const path = file(textOf(true));
    const report = join(temporaryDirectory(), 'report.jsonl');
    for (const options of [['--dry-run'], ['--report', report]]) {
      const { code, stdout } = await importing(path, '--json', ...options);
      expect([code, jsonLines(stdout)]).toMatchObject([
        ...[0, [{ imported: 0, unchanged: 2, refused: 0, enabled_here: 1 }]],
      ]);
    }
    expect(jsonLines(readFileSync(report, 'utf8'))).toEqual([
      {
        ...{ place: 'line 1', username: left, outcome: 'unchanged' },
        reason: 'it is disabled in the file, and enabled here',
      },
      { place: 'line 2', username: other, outcome: 'unchanged' },
    ]);
    expect((await importing(path)).stdout).toBe(
      'Disabled in the file, and enabled here as before: 1 (line 1). gatehouse users disable NAME disables one\n' +
        'Imported 0, there before 2, refused 0\n',
    );
    expect((await everybody()).get(left)).toMatchObject({ disabled: false });
    await gatehouse(server(), ['users', 'disable', left]);
    expect((await importing(path)).stdout).toBe('Imported 0, there before 2, refused 0\n');
  });

  it('tells when it is repeated who has other roles in the file by now, and changes none', async () => {
    const password_hash = await bcrypt(PASSWORD, 4);
    const [one, other] = [uniqueName(), uniqueName()];
    const rows = (roles?: string[]) =>
      file([one, other].map((username) => JSON.stringify({ username, password_hash, roles })));
    await importing(rows(['editor']));
    await gatehouse(server(), ['users', 'grant', one, 'admin']);
    const report = join(temporaryDirectory(), 'report.jsonl');
    for (const options of [['--dry-run'], ['--report', report]]) {
      const { code, stdout } = await importing(rows(['editor']), '--json', ...options);
      expect([code, jsonLines(stdout)]).toMatchObject([
        ...[0, [{ imported: 0, unchanged: 2, refused: 0, other_roles_here: 1 }]],
      ]);
    }
    const [line, unchanged] = jsonLines(readFileSync(report, 'utf8'));
    expect(line).toMatchObject({ username: one, outcome: 'unchanged' });
    expect(line).toHaveProperty('reason', expect.stringContaining('gatehouse users grant'));
    expect(unchanged).toEqual({ place: 'line 2', username: other, outcome: 'unchanged' });
    expect((await importing(rows(['editor']))).stdout).toBe(
      `Other roles in the file than here, where they stay: 1 (${one}). ` +
        'gatehouse users grant NAME ROLE gives one, and users revoke takes one\n' +
        'Imported 0, there before 2, refused 0\n',
    );
    expect((await everybody()).get(one)).toMatchObject({ roles: ['admin', 'editor'] });
    // A file that says nothing of roles differs in none.
    expect((await importing(rows())).stdout).toBe('Imported 0, there before 2, refused 0\n');
  });

  it.each(['its owner', 'an operator'])(
    'never gives the id of an account that %s deleted to another, however long ago',
    async (who) => {
      const { id, username, token } = await server().client.newSession();
      if (who === 'its owner') await server().client.delete('/user', { bearer: token });
      else await gatehouse(server(), ['users', 'delete', username]);
      await forgetEvents(server());
      const row = { id, username: uniqueName(), password_hash: await bcrypt(PASSWORD, 4) };
      const { code, stderr } = await importing(file(JSON.stringify(row)), '--json');
      expect([code, jsonLines(stderr)]).toEqual([
        1,
        [
          {
            refused: {
              place: 'line 1',
              reason: `the id ${id} belonged to an account that was deleted`,
            },
          },
          { error: { code: 'refused-rows', message: expect.any(String), exit_code: 1 } },
        ],
      ]);
    },
  );

  it('takes thousands of rows, with a bad one in each of its transactions', async () => {
    const password_hash = await bcrypt(PASSWORD, 4);
    const prefix = uniqueName('many');
    const rows = Array.from({ length: 2_000 }, (_, index) => ({
      username: index % 400 === 399 ? 'x' : `${prefix}-${index}`,
      password_hash,
    }));
    const { code, stdout } = await importing(file(rows.map((row) => JSON.stringify(row))));
    expect([code, stdout]).toEqual([1, 'Imported 1995, there before 0, refused 5\n']);
    await server().client.login({ username: `${prefix}-1998`, password: PASSWORD });
  });

  it('tells the same account with another id', async () => {
    const { id, username } = await server().client.register();
    const row = { id: id + 1_000, username, password_hash: await bcrypt(PASSWORD, 4) };
    expect((await importing(file(JSON.stringify(row)))).stderr).toMatch(
      /^line 1: the username is taken, with another id\n/,
    );
  });
});

describe('users import, of the file itself,', () => {
  const { importing, expectTakenOver } = useService((variables) => Server.start(variables));

  it.each([
    ['users', 'BLOB', (bytes: Buffer) => bytes],
    ['user', 'TEXT', (bytes: Buffer) => bytes.toString('hex')],
    ['member', 'TEXT', (bytes: Buffer) => bytes.toString('base64')],
  ])(
    'takes the users.db of a Flask application: table %s, password %s',
    async (table, type, kept) => {
      const path = file('');
      const database = await SqliteFile.open(path);
      const columns = `id INTEGER PRIMARY KEY, username TEXT UNIQUE, password ${type}`;
      await database.query(`CREATE TABLE ${table} (${columns})`);
      await database.query('CREATE TABLE notes (id INTEGER PRIMARY KEY, username TEXT, text TEXT)');
      const names = [uniqueName('flask'), uniqueName('flask')];
      for (const [index, name] of names.entries()) {
        const { salt, hash } = rawHash(100_000);
        const sql = `INSERT INTO ${table} (id, username, password) VALUES (?, ?, ?)`;
        const password = kept(Buffer.concat([salt, hash]));
        // The driver takes a blob as it is.
        await database.query(sql, index + 1, name, password as string);
      }
      const sql = `INSERT INTO ${table} (id, username, password) VALUES (7, 'damaged', 'AAAA')`;
      await database.query(sql);
      await database.close();
      const { code, stderr } = await importing(path, '--new-ids');
      expect([code, stderr]).toEqual([
        1,
        "row 7: the password's hash is of no known kind: docs/guides/moving-users.md has the kinds that are taken over\n" +
          'Some rows were refused: correct them and import the file again\n',
      ]);
      await expectTakenOver(names);
    },
  );

  it('refuses a last_id that will not do, and nothing else with it', async () => {
    const password_hash = await bcrypt(PASSWORD, 4);
    const [one, other, last] = [uniqueName(), uniqueName(), uniqueName()];
    const rows = [
      { username: one, password_hash },
      { last_id: 'many' },
      { username: uniqueName(), password_hash, last_id: 5 },
      { username: other, password_hash, id: null, created_at: null },
      { last_id: 2 ** 31 },
      { last_id: 6, username: null },
      { username: last, password_hash },
    ];
    const { code, stdout, stderr } = await importing(file(rows.map((row) => JSON.stringify(row))));
    expect([code, stdout, stderr.split('\n').slice(0, -2)]).toEqual([
      1,
      'Imported 3, there before 0, refused 3\n',
      [
        'line 2: the last_id must be a whole number from 1 to 2147483646',
        'line 3: last_id stands in a row of its own',
        'line 5: the last_id must be a whole number from 1 to 2147483646',
      ],
    ]);
    await expectTakenOver([one, other, last]);
  });

  it('refuses days and flags that there are not', async () => {
    const password_hash = await bcrypt(PASSWORD, 4);
    const rows = [
      { disabled: 'constructor' },
      { created_at: '2026-02-31' },
      { created_at: '2026-02-29T10:00:00+02:00' },
      { created_at: '2024-02-29T10:00:00+02:00' },
    ].map((fields) => JSON.stringify({ username: uniqueName(), password_hash, ...fields }));
    const { stdout, stderr } = await importing(file(rows));
    expect([stdout, stderr.split('\n').slice(0, -2)]).toEqual([
      'Imported 1, there before 0, refused 3\n',
      [
        'line 1: disabled must be true or false',
        'line 2: created_at must be a time such as 2026-01-31T09:30:00Z',
        'line 3: created_at must be a time such as 2026-01-31T09:30:00Z',
      ],
    ]);
  });

  it.each([
    ['nothing', '', /The file is empty/],
    ['a blank line first', '\nusername,password_hash\n', /^The first line .*: it is blank\. /],
    ['columns that it does not know', 'username,passwrd\na,b', /: column passwrd is not known\. /],
    ['a column twice', 'username,disabled,Username', /: column username stands twice\. /],
    ['no usernames', 'password_hash\nx', /: there is no column username\. /],
    [
      'quotes that are not closed',
      'username,"hash',
      /^A quote begins in line 1 and is never closed, /,
    ],
  ])('refuses a file with %s', async (_, content, reason) => {
    const { code, stdout, stderr } = await importing(file(content));
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringMatching(reason)]);
  });

  it('shows nothing of a file whose first line is an account', async () => {
    const hash = await bcrypt(PASSWORD, 4);
    for (const line of [`miguel,${hash}`, `${hash},miguel`]) {
      const { code, stderr } = await importing(file(line));
      expect([code, stderr]).toEqual([1, expect.stringMatching(/: column 1 is not known\. /)]);
      expect(stderr).not.toMatch(/miguel|\$2b/);
    }
  });
});

describe('users import', () => {
  it('refuses a SQLite file without such a table, or with two, and a file that is not there', async () => {
    const place = { directory: temporaryDirectory(), variables: {} };
    const path = file('');
    const database = await SqliteFile.open(path);
    await database.query('CREATE TABLE notes (username TEXT)');
    expect(await gatehouse(place, ['users', 'import', path])).toMatchObject({
      ...{ code: 1, stderr: 'No table has columns username and password\n' },
    });
    for (const name of ['one', 'two']) {
      await database.query(`CREATE TABLE ${name} (username TEXT, password BLOB)`);
    }
    await database.close();
    expect(await gatehouse(place, ['users', 'import', path])).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^Several tables .*: one, two$/m) },
    });
    expect(await gatehouse(place, ['users', 'import', 'nowhere.csv'])).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^Cannot read nowhere.csv: ENOENT/) },
    });
  });

  it('reads every row of a SQLite file, also those with numbers below 1', async () => {
    const place = { directory: temporaryDirectory(), variables: {} };
    const path = file('');
    const database = await SqliteFile.open(path);
    await database.query('CREATE TABLE users (key INTEGER PRIMARY KEY, username, password)');
    for (const key of [-5, 0, 9]) {
      const sql = 'INSERT INTO users VALUES (?, ?, ?)';
      await database.query(sql, key, uniqueName(), await bcrypt(PASSWORD, 4));
    }
    await database.close();
    expect(await gatehouse(place, ['users', 'import', path])).toMatchObject({
      ...{ code: 0, stdout: 'Imported 3, there before 0, refused 0\n' },
    });
  });

  it('reads every row if a column is called rowid', async () => {
    const place = { directory: temporaryDirectory(), variables: {} };
    const path = file('');
    const database = await SqliteFile.open(path);
    await database.query('CREATE TABLE users (rowid TEXT, username, password)');
    for (const rowid of ['same', 'same', '']) {
      const sql = "INSERT INTO users VALUES (nullif(?, ''), ?, ?)";
      await database.query(sql, rowid, uniqueName(), await bcrypt(PASSWORD, 4));
    }
    await database.close();
    expect(await gatehouse(place, ['users', 'import', path])).toMatchObject({
      ...{ code: 0, stdout: 'Imported 3, there before 0, refused 0\n' },
    });
  });

  it('refuses a table of which no row could be told, and a file that is no database', async () => {
    const place = { directory: temporaryDirectory(), variables: {} };
    const path = file('');
    const database = await SqliteFile.open(path);
    const columns = 'username TEXT PRIMARY KEY, password BLOB';
    await database.query(`CREATE TABLE users (${columns}) WITHOUT ROWID`);
    await database.close();
    expect(await gatehouse(place, ['users', 'import', path])).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^Table users is WITHOUT ROWID, .*\n$/) },
    });
    const damaged = file(`SQLite format 3\u0000${'x'.repeat(100)}`);
    expect(await gatehouse(place, ['users', 'import', damaged])).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^Cannot read .*: SQLITE_NOTADB.*\n$/) },
    });
    expect(await gatehouse(place, ['users', 'import', place.directory])).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^Cannot read .*: EISDIR.*\n$/) },
    });
  });
});

it('users import never gives the id of an account to another while it is deleted', async () => {
  const DATABASE_URL = await newPostgresDatabase();
  const server = await Server.start({ DATABASE_URL });
  const { id } = await server.client.register();
  const deletion = await connectToPostgres(DATABASE_URL);
  await deletion.query('BEGIN');
  await deletion.query('DELETE FROM users WHERE id = $1', [id]);
  await deletion.query('INSERT INTO deleted_users (id) VALUES ($1)', [id]);

  const row = { id, username: uniqueName(), password_hash: await bcrypt(PASSWORD, 4) };
  const importing = gatehouse(server, ['users', 'import', file(JSON.stringify(row))]);
  const watching = await connectToPostgres(DATABASE_URL);
  await eventually(async () => {
    const { rowCount } = await watching.query(
      "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
    );
    expect(rowCount).toBe(1);
  }, 10_000);
  await deletion.query('COMMIT');
  const { code, stderr } = await importing;
  expect([code, stderr]).toEqual([1, expect.stringContaining('belonged to an account')]);
});
