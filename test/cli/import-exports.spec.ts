import { hash as bcrypt } from '@node-rs/bcrypt';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatehouse, jsonLines, type CommandResult } from '../support/cli.js';
import { uniqueName } from '../support/client.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { Server, temporaryDirectory } from '../support/server.js';

const EXPORTS = join(__dirname, 'fixtures/exports');
/** Of every account in these files. */
const PASSWORD = 'Hafen-Mole 27';

interface Expected {
  /** Beside the file. */
  options?: string[];
  logIn: string[];
  disabled?: string[];
  /** What is told of those that are refused. */
  refused?: RegExp[];
  /** A line of what is told of the others. */
  told?: string;
  /** What an export has of some of them. */
  kept?: Record<string, object>;
}

const LEFT_OUT = 'Left out, as accounts here have none of it: ';
const HASH_CONFIG = ['--hash-config', join(EXPORTS, 'firebase-hash-config.txt')];

const EXPECTED: Record<string, Expected> = {
  'AspNetUsers.csv': {
    logIn: ['aspnet-eins'],
    disabled: ['aspnet-zwei'],
    told: 'Read as users of ASP.NET Core Identity',
  },
  'array.json': { logIn: ['array-drei', 'array-vier'] },
  'auth0.ndjson': { logIn: ['auth-null', 'auth-zwei'], told: 'Read as users of Auth0' },
  'devise.csv': {
    logIn: ['dora@example.org'],
    disabled: ['dirk@example.org'],
    told: 'Read as users of a Rails application with Devise',
    kept: { 'dirk@example.org': { id: 1602, created_at: '2024-05-01T09:12:31.512Z' } },
  },
  'django.sqlite3': {
    logIn: ['django-eins'],
    disabled: ['django-zwei'],
    refused: [/^row 1103: the password's hash says that no password logs in/],
    told: `${LEFT_OUT}is_superuser, is_staff, email`,
    kept: { 'django-zwei': { id: 1102, created_at: '2024-05-01T09:12:31.500Z' } },
  },
  'django-dumpdata.json': {
    logIn: ['dump-eins'],
    disabled: ['dump-zwei'],
    refused: [/^entry \d+: the password's hash says that no password logs in/],
    told: `${LEFT_OUT}entries of other kinds, is_superuser, is_staff, email`,
    kept: { 'dump-zwei': { id: 1202, created_at: '2024-05-01T09:12:31.500Z' } },
  },
  'excel-de.csv': { logIn: ['excel-eins'] },
  'firebase.json': {
    options: HASH_CONFIG,
    logIn: ['fiona@example.org'],
    disabled: ['frieda@example.org'],
    refused: [/^entry 3: it has no password$/],
    told: `${LEFT_OUT}localId, emailVerified, lastSignedInAt, providerUserInfo`,
    kept: { 'fiona@example.org': { created_at: '2024-05-01T09:25:55.000Z' } },
  },
  'flask-bcrypt-blob.sqlite': { logIn: ['blob-eins'] },
  'flaskr.sqlite': { logIn: ['flaskr-eins', 'flaskr-zwei'] },
  htpasswd: { logIn: ['htpasswd-eins'] },
  'keycloak-realm.json': {
    logIn: ['kc-sha256', 'kc-sha512'],
    disabled: ['kc-argon2'],
    told: `${LEFT_OUT}id, firstName, realmRoles, email`,
    kept: { 'kc-sha256': { created_at: '2023-09-05T04:20:31.918Z' } },
  },
  'postgresql-copy.csv': {
    logIn: ['psql-eins', 'psql-drei'],
    disabled: ['psql-zwei'],
    kept: { 'psql-eins': { created_at: '2024-05-01T09:12:31.000Z' } },
  },
  'rest-auth.sqlite': {
    logIn: ['rest-eins'],
    refused: [/^row 1502: the password's hash is SHA-512-crypt, which is not taken over/],
  },
  'supabase.csv': {
    logIn: ['susanne@example.org'],
    disabled: ['sven@example.org'],
    told: 'Read as users of Supabase',
    kept: { 'sven@example.org': { created_at: '2024-05-01T09:12:31.512Z' } },
  },
  'uuid-ids.jsonl': { options: ['--new-ids'], logIn: ['uuid-eins', 'auth-id-zwei'] },
};

/** The lines of standard error that tell of rows. */
const refusals = ({ stderr }: CommandResult): string[] => stderr.split('\n').slice(0, -2);

function file(content: string | Buffer): string {
  const path = join(temporaryDirectory(), 'accounts');
  writeFileSync(path, content);
  return path;
}

describe('users import', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start();
  });

  const importing = (...args: string[]): Promise<CommandResult> =>
    gatehouse(server, ['users', 'import', ...args]);

  const statusOf = async (username: string): Promise<number> => {
    const basic = `${username}:${PASSWORD}`;
    return (await server.client.get('/api/resource', { basic })).status;
  };

  const exported = async (username: string): Promise<unknown> => {
    const { stdout } = await gatehouse(server, ['users', 'export']);
    return jsonLines<{ username?: string }>(stdout).find((user) => user.username === username);
  };

  it.each(Object.entries(EXPECTED))('takes %s over as it is', async (name, expected) => {
    const { options = [], logIn, disabled = [], refused = [], told, kept = {} } = expected;
    const path = join(EXPORTS, name);
    const result = await importing(path, ...options);
    const imported = logIn.length + disabled.length;
    const counts = `there before 0, refused ${refused.length}\n`;
    expect(result.stdout).toContain(`Imported ${imported}, ${counts}`);
    if (told !== undefined) expect(result.stdout.split('\n')).toContain(told);
    expect(result.code).toBe(refused.length > 0 ? 1 : 0);
    expect(refusals(result)).toEqual(refused.map((reason) => expect.stringMatching(reason)));
    const again = await importing(path, ...options);
    expect(again.stdout).toContain(`Imported 0, there before ${imported}, refused`);
    for (const username of logIn)
      expect([username, await statusOf(username)]).toEqual([username, 200]);
    for (const [username, fields] of Object.entries(kept)) {
      expect(await exported(username)).toMatchObject(fields);
    }
    for (const username of disabled) {
      expect(await statusOf(username)).toBe(401);
      await gatehouse(server, ['users', 'enable', username]);
      expect([username, await statusOf(username)]).toEqual([username, 200]);
    }
  });

  it.each([
    ['UTF-16 as Windows writes it', 'utf16le', false],
    ['UTF-16 as others write it', 'utf16le', true],
    ['UTF-8 with a byte order mark', 'utf8', false],
  ] as const)('takes %s', async (_, encoding, isSwapped) => {
    const username = uniqueName('größe');
    const hash = await bcrypt(PASSWORD, 4);
    const bytes = Buffer.from(`\uFEFFusername\tpassword\r\n${username}\t${hash}\r\n`, encoding);
    const result = await importing(file(isSwapped ? bytes.swap16() : bytes));
    expect([result.stderr, result.stdout]).toEqual(['', 'Imported 1, there before 0, refused 0\n']);
    expect(await statusOf(username)).toBe(200);
  });

  it.each([
    ['CSV', 'FORMAT csv, HEADER'],
    ['tabs', "FORMAT csv, HEADER, DELIMITER E'\\t', NULL '\\N'"],
  ])('takes what PostgreSQL copies out as %s', async (_, format) => {
    const url = await newPostgresDatabase();
    const database = await connectToPostgres(url);
    const [active, inactive] = [uniqueName(), uniqueName()];
    await database.query(
      'CREATE TABLE users (username text, password text, is_active bool, created timestamptz)',
    );
    const hash = await bcrypt(PASSWORD, 4);
    await database.query(
      "INSERT INTO users VALUES ($1, $3, true, '2024-05-01 09:12:31.000001+05:30'), ($2, $3, false, NULL)",
      [active, inactive, hash],
    );
    const copy = execFileSync('psql', [url, '-c', `COPY users TO STDOUT WITH (${format})`]);
    expect(await importing(file(copy))).toMatchObject({
      ...{ stderr: '', stdout: 'Imported 2, there before 0, refused 0\n' },
    });
    expect([await statusOf(active), await statusOf(inactive)]).toEqual([200, 401]);
    expect(await exported(active)).toMatchObject({ created_at: '2024-05-01T03:42:31.000Z' });
  });

  it('says in one message what it needs, and imports nothing', async () => {
    const users = Array.from({ length: 50 }, () => ({ name: 'x', secret: 'y' }));
    const lines = users.map((user) => JSON.stringify(user)).join('\n');
    for (const content of [lines, JSON.stringify(users)]) {
      const { code, stdout, stderr } = await importing(file(content));
      expect([code, stdout, stderr.trim().split('\n')]).toEqual([1, '', [expect.any(String)]]);
      expect(stderr).toMatch(/^No account is known by such fields: name, secret\. --from says/);
    }
    const { code, stderr } = await importing(join(EXPORTS, 'firebase.json'));
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/^Firebase's .* --hash-config FILE .*\n$/),
    ]);
    for (const option of ['--from', '--salt-is']) {
      const unknown = await importing(file(lines), option, 'lotus');
      expect([unknown.code, unknown.stderr]).toEqual([
        2,
        expect.stringContaining(`${option} must be `),
      ]);
    }
  });

  it('does not wait for the rest of standard input if it refuses the beginning', async () => {
    const cli = join(__dirname, '../../dist/cli.js');
    const child = spawn(process.execPath, [cli, 'users', 'import', '-'], {
      ...{ cwd: temporaryDirectory(), stdio: ['pipe', 'ignore', 'ignore'] },
    });
    child.stdin.write('{"shoe size":44}\n{"shoe size":45}\n');
    expect(await once(child, 'exit')).toEqual([1, null]);
  });

  it('takes no account whose fields it does not know, unless it is told to leave them out', async () => {
    const [row, other] = [uniqueName(), uniqueName()].map((username) => ({ username, quota: 7 }));
    const password = await bcrypt(PASSWORD, 4);
    const content = [row, other].map((each) => JSON.stringify({ ...each, password })).join('\n');
    const refused = await importing(file(content));
    expect([refused.code, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/: field quota is not known\. --ignore quota leaves out /);
    const { code, stdout } = await importing(file(content), '--ignore', 'quota');
    expect([code, stdout]).toEqual([0, 'Imported 2, there before 0, refused 0\n']);
  });

  it('leaves out each field that --ignore names, also if it has a comma, and is given again', async () => {
    const hash = await bcrypt(PASSWORD, 4);
    const path = file(
      `username,password,quota,"Name, first","Size, ""EU"""\n${uniqueName()},${hash},7,Ann,44`,
    );
    const { stderr } = await importing(path);
    const list = `quota,"Name, first","Size, ""EU"""`;
    expect(stderr).toContain(` --ignore '${list}' leaves out `);
    for (const options of [[list], ['quota', '"Name, first"', '"Size, ""EU"""']]) {
      const ignoring = options.flatMap((each) => ['--ignore', each]);
      const { code, stdout } = await importing(path, '--dry-run', ...ignoring);
      expect([code, stdout]).toEqual([0, expect.stringContaining(': imported 1, ')]);
    }
    const open = await importing(path, '--ignore', 'quota,"Name, first');
    expect([open.code, open.stderr]).toEqual([
      2,
      expect.stringMatching(/^--ignore must be names with commas between, /),
    ]);
  });

  it('takes CSV whose fields have line breaks, and what stands above a quote that is never closed', async () => {
    const hash = await bcrypt(PASSWORD, 4);
    const [above, broken, below] = [uniqueName(), uniqueName(), uniqueName()];
    const mallory = `mallory,${hash},`;
    const rows = ['username,password,bio', `${above},${hash},"one`, mallory, '', 'end"'];
    const path = file(
      [...rows, `${broken},${hash},"secret`, mallory, `${below},${hash},`].join('\n'),
    );
    const { code, stdout, stderr } = await importing(path, '--ignore', 'bio');
    expect([code, stdout, stderr]).toEqual([
      1,
      'Imported 1, there before 0, refused 0\n',
      'A quote begins in line 6 and is never closed, so nothing below is read. Mend it, and import it again\n',
    ]);
    await server.client.login({ username: above, password: PASSWORD });
    const names = (await gatehouse(server, ['users', 'list'])).stdout;
    for (const name of ['mallory', broken, below]) expect(names).not.toContain(name);
  });

  it('tells in a dry run what an import would do, and does nothing of it', async () => {
    const taken = await server.client.register();
    const deleted = await server.client.register();
    await gatehouse(server, ['users', 'delete', deleted.username]);
    const password_hash = await bcrypt(PASSWORD, 4);
    const [free, other] = [uniqueName(), uniqueName()];
    const rows = [
      { username: free, id: 90_001, password_hash },
      { username: taken.username, password_hash },
      { username: other, id: deleted.id, password_hash },
      { username: uniqueName(), id: taken.id, password_hash },
      { last_id: 900_000 },
    ];
    const path = file(rows.map((row) => JSON.stringify(row)).join('\n'));
    const dry = await importing(path, '--dry-run');
    expect([dry.code, dry.stdout]).toEqual([
      1,
      'A dry run, no account was imported: imported 1, there before 0, refused 3\n',
    ]);
    expect(await statusOf(free)).toBe(401);
    expect((await server.client.register()).id).toBeLessThan(90_000);
    const real = await importing(path);
    expect(refusals(real)).toEqual(refusals(dry));
    const again = await importing(path, '--dry-run', '--json');
    expect(jsonLines(again.stdout)).toEqual([
      { imported: 0, unchanged: 1, refused: 3, dry_run: true },
    ]);
  });

  it('reports on one screen, and everything in a file for its owner that was not there', async () => {
    const password_hash = await bcrypt(PASSWORD, 4);
    const name = uniqueName('many');
    const rows = Array.from({ length: 2_000 }, (_, index) => {
      const username = index % 2 === 0 ? `${name}-${index}` : 'x';
      return { username, password_hash: index % 4 === 0 ? '$1$secret$secret' : password_hash };
    });
    const path = file(rows.map((row) => JSON.stringify(row)).join('\n'));
    const report = join(temporaryDirectory(), 'report.jsonl');
    const { code, stdout, stderr } = await importing(path, '--report', report);
    expect([code, stdout]).toEqual([1, 'Imported 500, there before 0, refused 1500\n']);
    expect(stderr.split('\n')).toHaveLength(10);
    expect(stderr).toContain('997 more, the first in line 8: the username must have');
    expect(stderr).toContain('497 more, the first in line 13: the password');
    expect(statSync(report).mode & 0o777).toBe(0o600);
    const written = readFileSync(report, 'utf8');
    expect(written).not.toMatch(/\$2|\$1\$|secret/);
    expect(jsonLines(written)).toHaveLength(2_000);
    expect(jsonLines(written).slice(1, 3)).toEqual([
      { place: 'line 2', outcome: 'refused', reason: 'the username must have 4 to 80 characters' },
      { place: 'line 3', username: `${name}-2`, outcome: 'imported' },
    ]);
    const second = await importing(path, '--report', report);
    expect([second.code, second.stdout, second.stderr]).toEqual([
      ...[1, '', `${report} is there already: name another file\n`],
    ]);
    expect(readFileSync(report, 'utf8')).toBe(written);
  });
});
