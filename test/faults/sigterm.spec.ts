import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';

const EXIT_LIMIT_MS = 10_000;

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
});
