import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gatehouse, jsonLines, type CommandResult } from '../support/cli.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { privateRedis } from '../support/private-servers.js';
import { freePort } from '../support/processes.mjs';
import { newRedisDatabase } from '../support/redis.js';
import { Server, temporaryDirectory, type Variables } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

interface Finding {
  about: string;
  verdict: string;
  message: string;
}

/** What docs/security.md gives the service in Redis. */
const REDIS_RULES = '~gatehouse:* +@read +@write +@scripting +@connection -@dangerous +info +time';

const place = (variables: Variables, directory = temporaryDirectory()) => ({
  directory,
  variables,
});

const check = (variables: Variables, ...options: string[]): Promise<CommandResult> =>
  gatehouse(place(variables), ['config', 'check', ...options]);

/** How the check with `--connect` ends, and what it finds. */
async function findings(
  variables: Variables,
  directory?: string,
): Promise<{ code: number | null; found: Finding[] }> {
  const args = ['config', 'check', '--connect', '--json'];
  const { code, stdout } = await gatehouse(place(variables, directory), args);
  return { code, found: jsonLines<Finding>(stdout) };
}

describe('config check', () => {
  it('passes what a start would take', async () => {
    const { code, stdout, stderr } = await check({});
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      'ok           configuration  The configuration is valid',
      'ok           key            data/jwt.key (HS256, without kid): signs, verifies',
      'ok           key            data/data.key (A256GCM, without kid): encrypts, decrypts',
      '',
    ]);
  });

  it('tells the faults that stop a start, in the same words (S80)', async () => {
    const variables = { NODE_ENV: 'production', JWT_KEY: 'secret', TOKEN_TTL: 'soon' };
    const refused = await Server.startAndEnd(variables);
    const { code, stdout, stderr } = await check(variables);
    expect([code, stdout, stderr]).toEqual([3, '', refused.output]);
    const asJson = await check(variables, '--json');
    expect([asJson.code, jsonLines(asJson.stderr)]).toEqual([
      3,
      [
        {
          error: {
            code: 'configuration',
            message: refused.output.trimEnd(),
            faults: refused.output.trimEnd().split('\n'),
            exit_code: 3,
          },
        },
      ],
    ]);
  });

  it('finds a kept key that will not do, and makes none', async () => {
    const directory = temporaryDirectory();
    const beside = place({ DATABASE_URL: 'sqlite:x' }, directory);
    expect((await gatehouse(beside, ['config', 'check'])).code).toBe(0);
    const { code } = await gatehouse(beside, ['config', 'check', '--connect']);
    expect(code).toBe(0);
    const service = await Server.start({}, directory);
    await service.stop();
    writeFileSync(join(directory, 'data', 'jwt.key'), 'short');
    expect(await gatehouse(beside, ['config', 'check'])).toMatchObject({
      ...{ code: 3, stderr: expect.stringMatching(/jwt.key must have at least 32 bytes/) },
    });
  });

  it('finds a kept key of data that will not do', async () => {
    const directory = temporaryDirectory();
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'data', 'data.key'), 'short');
    expect(await gatehouse(place({}, directory), ['config', 'check'])).toMatchObject({
      ...{
        code: 3,
        stderr: expect.stringMatching(/data.key must have at least 32 bytes.*DATA_KEY/),
      },
    });
  });

  it('warns of a production in which no account can add a second factor', async () => {
    const variables = {
      NODE_ENV: 'production',
      PUBLIC_URL: 'https://auth.example.com',
      JWT_KEY: randomBytes(48).toString('base64'),
    };
    const warning = /^warning +key +Without DATA_KEY no account can add a second factor$/m;
    const without = await check(variables);
    expect([without.code, without.stdout]).toEqual([0, expect.stringMatching(warning)]);
    const { stdout } = await check({
      ...variables,
      DATA_KEY: randomBytes(48).toString('base64'),
      DATA_PREVIOUS_KEYS: randomBytes(48).toString('base64'),
    });
    expect(stdout).not.toMatch(warning);
    expect(stdout).toMatch(/^ok +key +DATA_KEY \(A256GCM, without kid\): encrypts, decrypts$/m);
    expect(stdout).toMatch(/^ok +key +DATA_PREVIOUS_KEYS \(A256GCM, without kid\): decrypts$/m);
  });
});

describe('config check --connect', () => {
  it('finds nothing wrong with PostgreSQL and Redis as they should be', async () => {
    const variables = { DATABASE_URL: await newPostgresDatabase(), REDIS_URL: newRedisDatabase() };
    await (await Server.start(variables)).stop();
    const { code, found } = await findings(variables);
    expect(code).toBe(0);
    expect(found.map(({ about, verdict, message }) => `${about} ${verdict}: ${message}`)).toEqual([
      'configuration ok: The configuration is valid',
      'key ok: data/jwt.key (HS256, without kid): signs, verifies',
      'key ok: data/data.key (A256GCM, without kid): encrypts, decrypts',
      expect.stringMatching(/^database ok: PostgreSQL at .* answers$/),
      'database ok: It takes writes',
      'database ok: Its schema is up to date',
      expect.stringMatching(/^database ok: The clock of PostgreSQL .* is 0\.\d s /),
      'redis ok: Redis answers',
      'redis ok: It takes writes',
      'redis ok: maxmemory-policy is noeviction',
      'redis ok: appendonly is on',
      expect.stringMatching(/^redis ok: The clock of Redis is 0\.\d s /),
    ]);
  });

  it('finds migrations that are pending, and leaves them so', async () => {
    const empty = await newPostgresDatabase();
    for (let i = 0; i < 2; i += 1) {
      const { code, found } = await findings({ DATABASE_URL: empty });
      expect([code, found.find(({ verdict }) => verdict === 'warning')]).toEqual([
        0,
        {
          about: 'database',
          verdict: 'warning',
          message: expect.stringMatching(/CreateSchema1700000000000, .*DeletedUsers1700000009000/),
        },
      ]);
    }
    const client = await connectToPostgres(empty);
    const { rows } = await client.query("SELECT 1 FROM pg_tables WHERE schemaname = 'public'");
    expect(rows).toEqual([]);

    const service = await Server.start();
    await service.stop();
    const file = await SqliteFile.open(join(service.directory, 'data', 'gatehouse.sqlite'));
    await file.query("DELETE FROM migrations WHERE name LIKE 'DeletedUsers%'");
    await file.close();
    const { found } = await findings({}, service.directory);
    expect(found).toContainEqual(
      expect.objectContaining({
        verdict: 'warning',
        message: expect.stringMatching(/the next start applies DeletedUsers1700000009000$/),
      }),
    );
  });

  it('finds that a SQLite file cannot be made', async () => {
    const { code, found } = await findings({ DATABASE_URL: 'sqlite:/dev/null/accounts/x' });
    expect([code, found.find(({ about }) => about === 'database')]).toEqual([
      1,
      {
        about: 'database',
        verdict: 'wrong',
        message: '/dev/null/accounts/x cannot be made: a part of its path is no folder',
      },
    ]);
  });

  it('finds a SQLite file that another program does not let go', async () => {
    const service = await Server.start({});
    await service.stop();
    const file = await SqliteFile.open(join(service.directory, 'data', 'gatehouse.sqlite'));
    await file.lock();
    const { code, found } = await findings({}, service.directory);
    await file.unlock();
    await file.close();
    expect([code, found.some(({ verdict }) => ['wrong', 'unreachable'].includes(verdict))]).toEqual(
      [1, true],
    );
  });

  it('says that a store is out of reach, and shows no password', async () => {
    const port = await freePort();
    const secret = randomBytes(8).toString('hex');
    const { code, stdout, stderr } = await check(
      {
        DATABASE_URL: `postgres://somebody:${secret}@127.0.0.1:${port}/accounts`,
        REDIS_URL: `redis://somebody:${secret}@127.0.0.1:${port}`,
      },
      '--connect',
    );
    expect([code, stderr]).toEqual([4, 'A store does not answer\n']);
    expect(stdout).toMatch(/^unreachable +database +PostgreSQL at .* does not answer/m);
    expect(stdout).toMatch(/^unreachable +redis +Redis does not answer: .*ECONNREFUSED/m);
    expect(stdout + stderr).not.toContain(secret);
  });

  it('finds a Redis that refuses the password, and shows none', async () => {
    const redis = await privateRedis();
    await redis.cli('ACL', 'SETUSER', 'gatehouse', 'on', '>another', '~*', '+@all');
    const { code, found } = await findings({
      REDIS_URL: `redis://gatehouse:a-secret@127.0.0.1:${redis.port}`,
    });
    const message = expect.stringMatching(/^Redis cannot be used: WRONGPASS (?!.*a-secret)/);
    expect([code, found]).toEqual([
      1,
      expect.arrayContaining([{ about: 'redis', verdict: 'wrong', message }]),
    ]);
  });

  it('finds a Redis that may evict tokens, or keeps them nowhere', async () => {
    const redis = await privateRedis({ 'maxmemory-policy': 'allkeys-lru', appendonly: 'no' });
    const { code, found } = await findings({ REDIS_URL: redis.url });
    expect(code).toBe(1);
    const ofRedis = found.filter(({ about }) => about === 'redis').slice(2, 4);
    expect(ofRedis.map(({ verdict, message }) => `${verdict}: ${message}`)).toEqual([
      expect.stringMatching(/^wrong: maxmemory-policy is allkeys-lru.*noeviction$/),
      expect.stringMatching(/^warning: Redis keeps nothing on disk.*appendonly/),
    ]);
    await redis.cli('CONFIG', 'SET', 'save', '3600 1');
    const { found: later } = await findings({ REDIS_URL: redis.url });
    expect(later.find(({ message }) => message.includes('snapshots alone'))?.verdict).toBe(
      'warning',
    );
  });

  it('asks a Redis user with few rights what it may, and says what cannot be asked', async () => {
    const redis = await privateRedis({ appendonly: 'no' });
    const rules = [...REDIS_RULES.split(' '), 'on', '>secret'];
    await redis.cli('ACL', 'SETUSER', 'gatehouse', ...rules);
    const variables = { REDIS_URL: `redis://gatehouse:secret@127.0.0.1:${redis.port}` };
    const { code, found } = await findings(variables);
    expect([code, found]).toEqual([
      0,
      expect.arrayContaining([
        expect.objectContaining({ verdict: 'ok', message: 'maxmemory-policy is noeviction' }),
        expect.objectContaining({
          verdict: 'unknown',
          message: expect.stringMatching(/cannot be asked$/),
        }),
      ]),
    ]);
    await redis.cli('ACL', 'SETUSER', 'gatehouse', '-info');
    const refused = await findings(variables);
    expect([refused.code, refused.found.map(({ message }) => message)]).toEqual([
      1,
      expect.arrayContaining([expect.stringMatching(/^INFO is refused.*\+info$/)]),
    ]);
  });

  it('finds a read-only Redis', async () => {
    const redis = await privateRedis();
    await redis.cli('REPLICAOF', '127.0.0.1', String(await freePort()));
    const { code, found } = await findings({ REDIS_URL: redis.url });
    expect([code, found.map(({ message }) => message)]).toEqual([
      1,
      expect.arrayContaining([expect.stringMatching(/^It takes no writes: /)]),
    ]);
  });
});
