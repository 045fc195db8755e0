import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account, Answer } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { scrape } from '../support/scrape.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { atOnce } from '../support/tokens.js';

const EXIT_LIMIT_MS = 10_000;

const LOGINS = 50;

/** A locked file is waited for a little longer. */
const ARRIVAL_LIMIT_MS = 4_000;

interface Logins {
  answers: Promise<Answer[]>;
  /** How many have been answered. */
  answered: number;
}

/** Sends fifty log-ins. */
async function sendLogins({ client }: Server, { username, password }: Account): Promise<Logins> {
  // Connections that the service has accepted: those that still wait for it are new ones to it.
  await atOnce(LOGINS, () => client.get('/health/live'));
  const logins: Logins = { answers: Promise.resolve([]), answered: 0 };
  logins.answers = atOnce(LOGINS, async () => {
    const answer = await client.post('/authenticate_user', { json: { username, password } });
    logins.answered++;
    return answer;
  });
  return logins;
}

/** How many passwords were or are being hashed, or wait for it. */
async function hashes({ client }: Server): Promise<number> {
  const series = await scrape(client);
  return [
    'gatehouse_password_hash_duration_seconds_count{function="argon2id"}',
    'gatehouse_password_hashes_running',
    'gatehouse_password_hashes_waiting',
  ].reduce((sum, key) => sum + (series.get(key) ?? 0), 0);
}

async function stopped(server: Server): Promise<{ code: number | null; ms: number }> {
  const startedMs = performance.now();
  const code = await server.stop();
  return { code, ms: performance.now() - startedMs };
}

describe('A service that is told to stop', () => {
  it('ends with 0 where nobody asks for anything', async () => {
    const { code, ms } = await stopped(await Server.start());
    expect(code).toBe(0);
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
  });

  it('answers the requests in flight, takes no new ones and ends with 0 in time', async () => {
    const server = await Server.start();
    const { client } = server;
    const account = await client.register();
    const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
    await file.lock();
    const inFlight = [
      ...[1, 2, 3, 4, 5].map(() => client.login(account)),
      client.register().then(({ username }) => username),
    ];
    await sleep(500);

    const stopping = stopped(server);
    await sleep(500);
    await expect(fetch(`${server.url}/health/live`)).rejects.toThrow('fetch failed');
    await file.unlock();
    await file.close();

    for (const answer of await Promise.all(inFlight)) expect(answer).not.toBe('');
    const { code, ms } = await stopping;
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
    expect(code).toBe(0);
  }, 100_000);

  it('answers fifty log-ins in flight and ends with 0 in time, told so twice (F16)', async () => {
    const server = await Server.start();
    const account = await server.client.register();
    const before = await hashes(server);
    const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
    // No session can be written, so that all are in flight until it is over.
    await file.lock();
    const logins = await sendLogins(server, account);
    await eventually(async () => {
      expect(await hashes(server)).toBe(before + LOGINS);
    }, ARRIVAL_LIMIT_MS);
    const stopping = stopped(server);
    await sleep(50);
    const again = server.stop();
    expect(logins.answered).toBe(0);
    await file.unlock();
    await file.close();
    expect(new Set((await logins.answers).map(({ status }) => status))).toEqual(new Set([200]));
    const { code, ms } = await stopping;
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
    expect(code).toBe(0);
    await again;
  });

  it('ends in time while its Redis is paused, and answers what is in flight (F17)', async () => {
    const redis = await privateRedis();
    let answeredBefore = LOGINS;
    // Where this process stood still for so long that all were answered, it tries again.
    for (let attempt = 0; attempt < 5 && answeredBefore === LOGINS; attempt++) {
      const server = await Server.start({ REDIS_URL: redis.url });
      const account = await server.client.newSession();
      redis.pause();
      const logins = await sendLogins(server, account);
      await sleep(200);
      const stopping = stopped(server);
      ({ answered: answeredBefore } = logins);
      const { code, ms } = await stopping;
      expect(new Set((await logins.answers).map(({ status }) => status))).toEqual(new Set([503]));
      expect(ms).toBeLessThan(EXIT_LIMIT_MS);
      expect(code).toBe(0);
      redis.resume();
    }
    expect(answeredBefore).toBeLessThan(LOGINS);
  }, 100_000);
});
