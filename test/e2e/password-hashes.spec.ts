import { hash } from '@node-rs/argon2';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../support/client.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

const ARGON2ID = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22,}\$[\w+/]{43}$/;
const PBKDF2 = /^\$pbkdf2-sha256\$i=600000\$[\w+/]{22,}\$[\w+/]{43}$/;

describe('Password hashes', () => {
  let server: Server;
  let file: SqliteFile;

  beforeAll(async () => {
    server = await Server.start();
    file = await SqliteFile.open(join(server.directory, 'data', 'gatehouse.sqlite'));
  });

  afterAll(() => file.close());

  const storedHash = async ({ id }: Pick<Account, 'id'>): Promise<string> => {
    const sql = 'SELECT password_hash FROM users WHERE id = ?';
    const [row] = await file.query<{ password_hash: string }>(sql, id);
    return row?.password_hash ?? '';
  };

  const storeHash = (id: number, encoded: string) =>
    file.query('UPDATE users SET password_hash = ? WHERE id = ?', encoded, id);

  it('are Argon2id with a salt of their own (S10)', async () => {
    const one = await server.client.register({ password: 'python' });
    const other = await server.client.register({ password: 'python' });
    expect(await storedHash(one)).toMatch(ARGON2ID);
    expect(await storedHash(other)).toMatch(ARGON2ID);
    expect(await storedHash(one)).not.toBe(await storedHash(other));
  });

  it('stay as they are at a log-in while the parameters do', async () => {
    const account = await server.client.register();
    const before = await storedHash(account);
    await server.client.login(account);
    expect(await storedHash(account)).toBe(before);
  });

  it('made with older parameters verify, and are replaced at the next successful log-in (S10, S11)', async () => {
    const account = await server.client.register({ password: 'crème brûlée' });
    const older = await hash('crème brûlée', { memoryCost: 8192, timeCost: 1, parallelism: 1 });
    await storeHash(account.id, older);
    const { username, id } = account;
    const wrong = { username, password: 'wrong horse' };
    expect((await server.client.post('/authenticate_user', { json: wrong })).status).toBe(401);
    expect(await storedHash({ id })).toBe(older);
    await server.client.login(account);
    expect(await storedHash({ id })).toMatch(ARGON2ID);
    await server.client.login(account);
  });

  it('change to PBKDF2 and back with PASSWORD_HASH, at the next successful log-in (S11)', async () => {
    const account = await server.client.register({ password: 'crème brûlée' });
    const { username, password } = account;
    for (const [PASSWORD_HASH, form] of [
      ['pbkdf2-sha256', PBKDF2],
      ['argon2id', ARGON2ID],
    ] as const) {
      server = await server.restart({ PASSWORD_HASH });
      const before = await storedHash(account);
      const statusFor = async (word: string): Promise<number> =>
        (await server.client.get('/api/resource', { basic: `${username}:${word}` })).status;
      expect([await statusFor('wrong'), await storedHash(account)]).toEqual([401, before]);
      expect(await statusFor(password)).toBe(200);
      const after = await storedHash(account);
      expect(after).toMatch(form);
      expect([await statusFor(password), await storedHash(account)]).toEqual([200, after]);

      const fresh = await server.client.newSession();
      expect(await storedHash(fresh)).toMatch(form);
      const json = { password: 'battery staple' };
      await server.client.put('/user', { bearer: fresh.token, json });
      expect(await storedHash(fresh)).toMatch(form);
    }
  });
});

describe('A hash of an unknown kind', () => {
  it('is told of once, though it is looked for again', async () => {
    const first = await Server.start();
    const { id } = await first.client.register();
    const file = await SqliteFile.open(join(first.directory, 'data', 'gatehouse.sqlite'));
    await file.query('UPDATE users SET password_hash = ? WHERE id = ?', '$md5$x$y', id);
    await file.close();
    const second = await first.restart();
    // Past the first repetition.
    await sleep(7_000);
    await second.stop();
    const warnings = second.lines.filter(({ level }) => level === 'warn');
    expect(warnings).toMatchObject([{ context: 'DummyHashes' }]);
  });
});
