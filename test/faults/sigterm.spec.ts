import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../support/client.js';
import { privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { atOnce } from '../support/tokens.js';

const EXIT_LIMIT_MS = 10_000;

const LOGINS = 50;

/** Fifty log-ins that arrived and of which not all were answered yet. */
async function loginsInFlight({ client }: Server): Promise<() => Promise<Answer[]>> {
  const { username, password } = await client.register();
  // Connections that the service has accepted: those that still wait for it are new ones to it.
  await atOnce(LOGINS, () => client.get('/health/live'));
  let answered = 0;
  const logins = atOnce(LOGINS, async () => {
    const answer = await client.post('/authenticate_user', { json: { username, password } });
    answered++;
    return answer;
  });
  // The first answer shows that they have arrived; where Redis is paused none comes this soon.
  for (let waitedMs = 0; answered === 0 && waitedMs < 300; waitedMs += 10) await sleep(10);
  expect(answered).toBeLessThan(LOGINS);
  return () => logins;
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
    const logins = await loginsInFlight(server);
    const stopping = stopped(server);
    await sleep(50);
    const again = server.stop();
    expect(new Set((await logins()).map(({ status }) => status))).toEqual(new Set([200]));
    const { code, ms } = await stopping;
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
    expect(code).toBe(0);
    await again;
  });

  it('ends in time while its Redis is paused, and answers what is in flight (F17)', async () => {
    const redis = await privateRedis();
    const server = await Server.start({ REDIS_URL: redis.url });
    await server.client.newSession();
    redis.pause();
    const logins = await loginsInFlight(server);
    const { code, ms } = await stopped(server);
    expect(new Set((await logins()).map(({ status }) => status))).toEqual(new Set([503]));
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
    expect(code).toBe(0);
  });
});
