import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gatehouse, jsonLines, type CommandResult } from '../support/cli.js';
import { Server, temporaryDirectory } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

const FIXTURES = resolve(__dirname, 'fixtures/hashes');
const PASSWORD = 'Hafen-Mole 27';
const CURRENT = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;

interface Row {
  username: string;
  password?: string;
  password_hash: string;
}

const rowsOf = (file: string) =>
  jsonLines<Row>(readFileSync(join(FIXTURES, `${file}.jsonl`), 'utf8'));

/** Kinds that are not taken over, among hashes of other functions. */
const REFUSED = /^(custom-app|passlib-(sha256c|phpass|ssha)|ht-(apr1|sha))$/;

const ACCEPTED = [
  'hashes-accepted',
  'hashes-same-functions',
  'hashes-other-functions',
  'debian-accepted',
  'published',
].map((file) => [file, rowsOf(file).filter(({ username }) => !REFUSED.test(username))] as const);

describe('users import of hashes that other systems made', () => {
  let server: Server;
  let database: SqliteFile;

  beforeAll(async () => {
    server = await Server.start();
    database = await SqliteFile.open(join(server.directory, 'data', 'gatehouse.sqlite'));
    const rows = ACCEPTED.flatMap(([, rowsOfFile]) => rowsOfFile);
    expect(await importingRows(rows)).toEqual({
      ...{ code: 0, stdout: `Imported ${rows.length}, there before 0, refused 0\n`, stderr: '' },
    });
  });

  afterAll(() => database.close());

  const importing = (path: string, ...options: string[]): Promise<CommandResult> =>
    gatehouse(server, ['users', 'import', path, ...options]);

  const importingRows = async (rows: Row[], ...options: string[]): Promise<CommandResult> => {
    const path = join(temporaryDirectory(), 'accounts.jsonl');
    const lines = rows.map(({ username, password_hash }) =>
      JSON.stringify({ username, password_hash }),
    );
    writeFileSync(path, lines.join('\n'));
    return importing(path, ...options);
  };

  const statusFor = async (username: string, password: string): Promise<number> =>
    (await server.client.get('/api/resource', { basic: `${username}:${password}` })).status;

  const storedHash = async (username: string): Promise<string | undefined> => {
    const sql = 'SELECT password_hash FROM users WHERE username = ?';
    return (await database.query<Row>(sql, username))[0]?.password_hash;
  };

  /** Two at a time, as many as the machine has cores. */
  const expectLogIns = async (rows: readonly Pick<Row, 'username' | 'password'>[]) => {
    const waiting = [...rows];
    const statuses = new Map<string, number>();
    const logIn = async (): Promise<void> => {
      for (let row = waiting.shift(); row; row = waiting.shift()) {
        const { username, password = PASSWORD } = row;
        expect(await storedHash(username)).not.toMatch(CURRENT);
        statuses.set(username, await statusFor(username, password));
        expect(await storedHash(username)).toMatch(CURRENT);
      }
    };
    await Promise.all([logIn(), logIn()]);
    expect(statuses).toEqual(new Map(rows.map(({ username }) => [username, 200])));
  };

  it.each(ACCEPTED)(
    '%s: everybody logs in with the old password, and the hash is replaced (S11)',
    async (_, rows) => {
      const [{ username, password = PASSWORD } = { username: '' }] = rows;
      expect(await statusFor(username, `${password}!`)).toBe(401);
      await expectLogIns(rows);
    },
  );

  it('refuses what cannot be verified, tells its kind and what to do, and shows none of it', async () => {
    const rows = [
      ...rowsOf('hashes-other-functions').filter(({ username }) => REFUSED.test(username)),
      ...rowsOf('debian-refused'),
    ];
    const report = join(temporaryDirectory(), 'report');
    const { code, stdout, stderr } = await importingRows(rows, '--report', report);
    expect([code, stdout]).toEqual([1, `Imported 0, there before 0, refused ${rows.length}\n`]);
    const told = readFileSync(report, 'utf8') + stderr;
    const reasons = jsonLines<{ reason: string }>(readFileSync(report, 'utf8'));
    expect(reasons).toHaveLength(rows.length);
    for (const { reason } of reasons) {
      expect(reason).toMatch(
        /^the password's hash (is .+, which is not taken over|says that no password logs in): create the account with a new password \(gatehouse users create\)$/,
      );
    }
    expect(told).not.toContain(PASSWORD);
    for (const { password_hash } of rows) expect(told).not.toContain(password_hash.slice(-8));
  });

  it('asks whether a salt in a field of its own is text or bytes, and believes the answer', async () => {
    const path = join(FIXTURES, 'salt-is-text.jsonl');
    const asked = await importing(path);
    expect([asked.code, asked.stdout]).toEqual([1, 'Imported 0, there before 0, refused 2\n']);
    expect(asked.stderr).toContain(
      "line 1: the password's hash has a salt that could be text or bytes: " +
        'say which it is with --salt-is, or in a field salt_is\n',
    );
    const told = await importing(path, '--salt-is', 'text');
    expect([told.code, told.stdout]).toEqual([0, 'Imported 2, there before 0, refused 0\n']);
    await expectLogIns([{ username: 'django-parts' }, { username: 'uuid-hex-salt' }]);
    expect(await importing(path, '--salt-is', 'hex')).toEqual({
      ...{ code: 2, stdout: '', stderr: '--salt-is must be text or bytes\n' },
    });
  });
});
