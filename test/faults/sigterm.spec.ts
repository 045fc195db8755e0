import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
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

/** Opens so many connections, and sends a text over each. */
async function openWith(server: Server, count: number, text: string): Promise<Socket[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const socket = connect(server.port, '127.0.0.1').on('error', () => undefined);
      await once(socket, 'connect');
      if (text !== '') socket.write(text);
      return socket;
    }),
  );
}

/** What has come over a connection once it is closed. */
async function received(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  return text;
}

const GET_LIVE = 'GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n';
const POST_LOGIN =
  'POST /authenticate_user HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

describe('A service that is told to stop', () => {
  it('ends with 0 if no one asks for anything', async () => {
    const { code, ms } = await stopped(await Server.start());
    expect(code).toBe(0);
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
  });

  it('ends with 0 in time whatever is open: silent, half a request, idle (F57)', async () => {
    const server = await Server.start();
    const sockets = [
      ...(await openWith(server, 5, '')),
      ...(await openWith(server, 3, 'GET /user HTTP/1.1\r\nHost: a\r\nAuthoriz')),
      ...(await openWith(server, 2, `${POST_LOGIN}Content-Length: 90\r\n\r\n{"username":"ro`)),
    ];
    const idle = await openWith(server, 20, GET_LIVE);
    await Promise.all(idle.map((socket) => once(socket, 'data')));
    for (const socket of sockets) socket.resume();
    const { code, ms } = await stopped(server);
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
    expect(code).toBe(0);
    for (const socket of [...sockets, ...idle]) socket.destroy();
  }, 40_000);

  it('answers a request whose second half comes within a moment of the end', async () => {
    const server = await Server.start();
    const { username, password } = await server.client.register();
    const body = JSON.stringify({ username, password });
    const head = `${POST_LOGIN}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
    const [socket] = (await openWith(server, 1, head + body.slice(0, 9))) as [Socket];
    const answer = received(socket);
    await sleep(200);
    const stopping = stopped(server);
    await sleep(300);
    socket.write(body.slice(9));
    expect(await answer).toMatch(/^HTTP\/1.1 200 [^]*\r\nconnection: close\r\n[^]*"token"/i);
    const { code, ms } = await stopping;
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
    expect(code).toBe(0);
  });

  it('answers what arrives on open connections while it stands still', async () => {
    const server = await Server.start();
    const account = await server.client.register();
    await atOnce(LOGINS, () => server.client.get('/health/live'));
    const stopping = stopped(server);
    await sleep(50);
    process.kill(server.pid, 'SIGSTOP');
    const { username, password } = account;
    const logins = atOnce(LOGINS, () =>
      server.client.post('/authenticate_user', { json: { username, password } }),
    );
    await sleep(500);
    process.kill(server.pid, 'SIGCONT');
    expect(new Set((await logins).map(({ status }) => status))).toEqual(new Set([200]));
    const { code, ms } = await stopping;
    expect(ms).toBeLessThan(EXIT_LIMIT_MS);
    expect(code).toBe(0);
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
    // If this process stood still for so long that all were answered, it tries again.
    for (let attempt = 0; attempt < 5 && answeredBefore === LOGINS; attempt++) {
      const server = await Server.start({ REDIS_URL: redis.url });
      const account = await server.client.newSession();
      redis.pause();
      const logins = await sendLogins(server, account);
      await sleep(500);
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
