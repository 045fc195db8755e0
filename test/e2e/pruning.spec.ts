import { join } from 'node:path';
import { claimsOf } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { SqliteFile } from '../support/sqlite-file.js';

/** The job runs every five seconds; three times that is room enough for a busy machine. */
const LIMIT_MS = 15_000;

const HOUR_SECONDS = 3600;

/** Sessions whose endings take half a minute in all. */
const ENDED = 100;

const EXIT_LIMIT_MS = 10_000;

type Table = 'tokens' | 'sessions';

async function start(variables: Record<string, string> = {}) {
  const server = await Server.start(variables);
  const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
  return { client: server.client, file };
}

/** How many tokens or sessions the tables hold of one session. */
async function count(file: SqliteFile, table: Table, sessionId: string): Promise<number> {
  const column = table === 'tokens' ? 'session_id' : 'id';
  const sql = `SELECT count(*) AS n FROM ${table} WHERE ${column} = ?`;
  const [row] = await file.query<{ n: number }>(sql, sessionId);
  return row?.n ?? NaN;
}

function sessionOf(token: string): string {
  return String(claimsOf(token).sid);
}

/** Lets a session's tokens have expired two minutes ago: they are kept for one. */
async function age(file: SqliteFile, sessionId: string): Promise<void> {
  const expiredAtSeconds = Math.floor(Date.now() / 1000) - 120;
  const sql = 'UPDATE tokens SET expires_at_seconds = ? WHERE session_id = ?';
  await file.query(sql, expiredAtSeconds, sessionId);
}

/** The row of a session whose last token expired so long ago. */
async function insertExpired(file: SqliteFile, id: string, secondsAgo: number): Promise<void> {
  const expiredAtSeconds = Math.floor(Date.now() / 1000) - secondsAgo;
  await file.query(
    `INSERT INTO sessions (id, user_id, created_at_ms, renewed_at_ms, expires_at_seconds,
       ends_at_seconds, generation, address) VALUES (?, 999, 0, 0, ?, ?, 0, '::1')`,
    id,
    expiredAtSeconds,
    expiredAtSeconds + 24 * HOUR_SECONDS,
  );
}

describe('Without anybody asking', () => {
  const shortLived = { TOKEN_RENEW_GRACE: '1' };
  let lasting: Awaited<ReturnType<typeof start>>;
  let passing: Awaited<ReturnType<typeof start>>;

  beforeAll(async () => {
    [lasting, passing] = await Promise.all([start(), start(shortLived)]);
  });

  afterAll(() => Promise.all([lasting.file.close(), passing.file.close()]));

  it('tokens that can no longer be renewed leave the table, and their session stays for a day', async () => {
    const { client, file } = passing;
    const { token } = await client.newSession();
    const sessionId = sessionOf(token);
    expect(await count(file, 'tokens', sessionId)).toBe(1);
    await age(file, sessionId);
    await eventually(async () => expect(await count(file, 'tokens', sessionId)).toBe(0), LIMIT_MS);
    expect(await count(file, 'sessions', sessionId)).toBe(1);
  });

  it('tokens that were renewed leave the table too', async () => {
    const { client, file } = passing;
    const { token } = await client.newSession();
    const renewed = await client.post('/renew_token', { bearer: token });
    expect(renewed.status).toBe(200);
    const sessionId = sessionOf(token);
    expect(await count(file, 'tokens', sessionId)).toBe(2);
    await age(file, sessionId);
    await eventually(async () => expect(await count(file, 'tokens', sessionId)).toBe(0), LIMIT_MS);
  });

  it('sessions that expired more than a day ago leave the table, and nothing younger does', async () => {
    const { client, file } = lasting;
    const { token } = await client.newSession();
    await insertExpired(file, 'expired-25-hours-ago', 25 * HOUR_SECONDS);
    await insertExpired(file, 'expired-23-hours-ago', 23 * HOUR_SECONDS);
    await eventually(async () => {
      expect(await count(file, 'sessions', 'expired-25-hours-ago')).toBe(0);
    }, LIMIT_MS);
    expect(await count(file, 'sessions', 'expired-23-hours-ago')).toBe(1);
    expect(await count(file, 'sessions', sessionOf(token))).toBe(1);
    expect(await client.accepts(token)).toBe(true);
  });

  it('a session that ended in its row alone ends for its tokens, and its row goes (S48)', async () => {
    const { client, file } = lasting;
    const account = await client.newSession();
    const elsewhere = await client.login(account);
    const sessionId = sessionOf(account.token);
    const sql = 'UPDATE sessions SET ended_at_ms = ? WHERE id = ?';
    await file.query(sql, Date.now(), sessionId);
    await eventually(async () => {
      expect(await client.accepts(account.token)).toBe(false);
      expect(await count(file, 'sessions', sessionId)).toBe(0);
    }, LIMIT_MS);
    expect(await count(file, 'tokens', sessionId)).toBe(0);
    expect(await client.accepts(elsewhere)).toBe(true);
  });

  it('the row of a session that was logged out goes', async () => {
    const { client, file } = lasting;
    const { token } = await client.newSession();
    expect((await client.post('/logout', { bearer: token })).status).toBe(200);
    const sessionId = sessionOf(token);
    await eventually(async () => {
      expect(await count(file, 'sessions', sessionId)).toBe(0);
    }, LIMIT_MS);
    expect(await client.accepts(token)).toBe(false);
  });
});

it('A service that is told to stop while many endings wait to be finished ends in time', async () => {
  const proxy = await SlowProxy.to((await privateRedis()).port);
  const server = await Server.start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
  proxy.delayMs = 300;
  for (let userId = 1; userId <= ENDED; userId++) {
    await file.query(
      `INSERT INTO sessions (id, user_id, created_at_ms, renewed_at_ms, expires_at_seconds,
         ends_at_seconds, generation, address, ended_at_ms) VALUES (?, ?, 0, 0, 0, 0, 0, '::1', 1)`,
      `ended-${userId}`,
      userId,
    );
  }
  await eventually(async () => {
    const [row] = await file.query<{ n: number }>('SELECT count(*) AS n FROM sessions');
    expect(row?.n).toBeLessThan(ENDED);
  }, LIMIT_MS);
  await file.close();
  const startedMs = performance.now();
  expect(await server.stop()).toBe(0);
  expect(performance.now() - startedMs).toBeLessThan(EXIT_LIMIT_MS);
}, 60_000);
