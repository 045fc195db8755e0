import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { eventually } from '../support/eventually.js';
import { noMetrics } from '../support/metrics.js';
import { temporaryDirectory } from '../support/server.js';
import { secretKeys } from '../support/token-keys.js';
import { BackgroundJobs } from '../../src/config/background-jobs.js';
import { Env } from '../../src/config/env.js';
import type { TokenKeys } from '../../src/config/token-keys.js';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Database } from '../../src/database/database.js';
import { runWithGiven } from '../../src/database/statements.js';
import { DummyHashes } from '../../src/users/passwords/dummy-hashes.js';
import { PasswordHasher } from '../../src/users/passwords/password-hasher.js';

Logger.overrideLogger(false);

const [salt, hash] = [16, 32].map((bytes) =>
  randomBytes(bytes).toString('base64').replaceAll('=', ''),
);
const ARGON2 = `$argon2id$v=19$m=4096,t=3,p=1$${salt}$${hash}`;
const BCRYPT = `$2b$10$${'./AZaz09'.repeat(7).slice(0, 53)}`;
const PBKDF2 = `$pbkdf2-sha256$i=100000$${salt}$${hash}`;
const SCRYPT = `$scrypt$ln=14,r=8,p=1$${salt}$${hash}`;
const HUGE = `$argon2id$v=19$m=1048576,t=3,p=1$${salt}$${hash}`;

const NAMES = Array.from({ length: 4_000 }, (_, index) => `unknown-${index}`);

function newKeys(): TokenKeys {
  return secretKeys(randomBytes(32));
}

describe('The hash in the place of one that a name does not have', () => {
  const env = Env.load({ DATABASE_URL: `sqlite:${join(temporaryDirectory(), 'users.sqlite')}` });
  const hasher = new PasswordHasher(env, noMetrics);
  let database: Database;
  const running: BackgroundJobs[] = [];

  beforeAll(async () => {
    database = new Database(new DataSource(await dataSourceOptions(env)), noMetrics);
    await database.onModuleInit();
  });
  beforeEach(() => database.write((manager) => manager.query('DELETE FROM users')));
  afterEach(() => Promise.all(running.splice(0).map((jobs) => jobs.onModuleDestroy())));
  afterAll(() => database.onApplicationShutdown());

  const addAccounts = (passwordHash: string, count: number) =>
    database.write((manager) =>
      runWithGiven(
        manager,
        { username: 'text', hash: 'text' },
        Array.from({ length: count }, () => ({
          username: randomBytes(9).toString('hex'),
          hash: passwordHash,
        })),
        `INSERT INTO users (username, password_hash, credential_version, created_at_ms)
         SELECT username, hash, 1, 1 FROM given`,
      ),
    );

  /** The kinds of an instance that has looked at the accounts, for each of the names. */
  const kindsUnder = async (keys: TokenKeys): Promise<string[]> => {
    const jobs = new BackgroundJobs(true);
    running.push(jobs);
    const dummies = new DummyHashes(database, hasher, jobs, keys);
    const unseen = dummies.of('');
    dummies.onApplicationBootstrap();
    await eventually(() => expect(dummies.of('')).not.toBe(unseen), 10_000);
    for (const name of NAMES.slice(0, 100)) expect(dummies.of(name)).toBe(dummies.of(name));
    return NAMES.map((name) => hasher.kindOf(dummies.of(name)));
  };

  const shareOf = (passwordHash: string, kinds: string[]) =>
    kinds.filter((kind) => kind === hasher.kindOf(passwordHash)).length / kinds.length;

  it('is like those of new passwords if there are no accounts, or none was looked at yet', () => {
    const dummies = new DummyHashes(database, hasher, new BackgroundJobs(false), newKeys());
    const preferred = hasher.kindOf(hasher.likenessOf());
    expect(NAMES.slice(0, 100).map((name) => hasher.kindOf(dummies.of(name)))).toEqual(
      Array(100).fill(preferred),
    );
  });

  it('is the hash of no account, though of a kind that accounts have', async () => {
    await addAccounts(BCRYPT, 1);
    const jobs = new BackgroundJobs(true);
    running.push(jobs);
    const dummies = new DummyHashes(database, hasher, jobs, newKeys());
    dummies.onApplicationBootstrap();
    await eventually(() => expect(dummies.of('x')).toMatch(/^\$2b\$10\$/), 10_000);
    expect(dummies.of('x')).not.toBe(BCRYPT);
    expect(await hasher.verify(dummies.of('x'), 'password')).toBe(false);
  });

  it('is of the kinds that accounts have, in their shares', async () => {
    await addAccounts(ARGON2, 600);
    await addAccounts(PBKDF2, 200);
    await addAccounts(BCRYPT, 100);
    await addAccounts(SCRYPT, 100);
    const kinds = await kindsUnder(newKeys());
    for (const [passwordHash, share] of [
      [ARGON2, 0.6],
      [PBKDF2, 0.2],
      [BCRYPT, 0.1],
      [SCRYPT, 0.1],
    ] as const) {
      expect(Math.abs(shareOf(passwordHash, kinds) - share)).toBeLessThan(0.05);
    }
  });

  it('is of the same kind for a name on every instance, and not with another signing key', async () => {
    await addAccounts(ARGON2, 50);
    await addAccounts(PBKDF2, 50);
    const keys = newKeys();
    const kinds = await kindsUnder(keys);
    expect(await kindsUnder(keys)).toEqual(kinds);
    const others = await kindsUnder(newKeys());
    const same = kinds.filter((kind, index) => kind === others[index]).length / kinds.length;
    expect(Math.abs(same - 0.5)).toBeLessThan(0.05);
  });

  it('changes for a name only from a kind that accounts leave to the one that they come to', async () => {
    await addAccounts(ARGON2, 100);
    await addAccounts(PBKDF2, 100);
    await addAccounts(BCRYPT, 100);
    const keys = newKeys();
    const before = await kindsUnder(keys);
    await database.write((manager) =>
      manager.query(
        `UPDATE users SET password_hash = ? WHERE id IN
           (SELECT id FROM users WHERE password_hash = ? ORDER BY id LIMIT 50)`,
        [ARGON2, PBKDF2],
      ),
    );
    const after = await kindsUnder(keys);
    const moved = before.flatMap((kind, index) =>
      after[index] === kind ? [] : [[kind, after[index]]],
    );
    expect(moved.length).toBeGreaterThan(100);
    for (const [from, to] of moved) {
      expect([hasher.kindOf(PBKDF2), hasher.kindOf(BCRYPT)]).toContain(from);
      expect([hasher.kindOf(ARGON2), hasher.kindOf(BCRYPT)]).toContain(to);
    }
    expect(Math.abs(shareOf(ARGON2, after) - 0.5)).toBeLessThan(0.05);
  });

  it('is never of a kind that is not computed', async () => {
    await addAccounts(HUGE, 90);
    await addAccounts('no hash of any kind', 90);
    await addAccounts(PBKDF2, 10);
    expect(shareOf(PBKDF2, await kindsUnder(newKeys()))).toBe(1);
  });
});
