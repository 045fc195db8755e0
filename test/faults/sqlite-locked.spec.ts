import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, type Client, uniqueName } from '../support/client.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { readiness } from './outage.js';

const SHORT_LOCK_MS = 3_000;
const LONG_LOCK_MS = 12_000;

/** What a request may take while the file is locked, with threefold room for a busy machine. */
const ANSWER_LIMIT_MS = 3 * 6_000;

/** What reads, likewise. */
const READ_LIMIT_MS = 3 * 2_000;

interface Timed extends Answer {
  ms: number;
}

async function timed(request: Promise<Answer>): Promise<Timed> {
  const startedMs = performance.now();
  const answer = await request;
  return { ...answer, ms: performance.now() - startedMs };
}

describe('A service whose SQLite file another program has locked (F11)', () => {
  let client: Client;
  let file: SqliteFile;

  beforeAll(async () => {
    const server = await Server.start();
    client = server.client;
    file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
  });

  afterAll(() => file.close());

  /** Every kind of request that writes, each with an account of its own, and what it answers usually. */
  async function writes(): Promise<{ status: number; send: () => Promise<Answer> }[]> {
    const { username, password } = await client.register();
    const [renewing, leaving, changing, deleting, ending] = await Promise.all(
      Array.from({ length: 5 }, () => client.newSession()),
    );
    const json = { username, password };
    const newUser = () => ({ username: uniqueName(), password });
    return [
      { status: 201, send: () => client.post('/user', { json: newUser() }) },
      { status: 201, send: () => client.post('/api/users', { json: newUser() }) },
      { status: 200, send: () => client.post('/authenticate_user', { json }) },
      { status: 200, send: () => client.get('/api/token', { basic: `${username}:${password}` }) },
      { status: 200, send: () => client.post('/renew_token', { bearer: renewing?.token ?? '' }) },
      { status: 200, send: () => client.post('/logout', { bearer: leaving?.token ?? '' }) },
      {
        status: 200,
        send: () =>
          client.put('/user', {
            bearer: changing?.token ?? '',
            json: { username: uniqueName(), password: 'another horse' },
          }),
      },
      { status: 200, send: () => client.delete('/user', { bearer: deleting?.token ?? '' }) },
      {
        status: 200,
        send: () => client.delete('/user/sessions', { bearer: ending?.token ?? '' }),
      },
    ];
  }

  async function expectPromptReads(token: string): Promise<void> {
    const reads = await Promise.all([
      timed(client.get('/user', { bearer: token })),
      timed(client.post('/validate_token', { bearer: token })),
      timed(client.get('/user/sessions', { bearer: token })),
      timed(client.get('/health/live')),
    ]);
    expect(reads.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const { ms } of reads) expect(ms).toBeLessThan(READ_LIMIT_MS);
  }

  it('lets every request wait for three seconds and succeed', async () => {
    const requests = await writes();
    await file.lock();
    const answers = Promise.all(requests.map(({ send }) => timed(send())));
    await sleep(SHORT_LOCK_MS);
    await file.unlock();
    for (const [index, { status, text, ms }] of (await answers).entries()) {
      expect([status, text]).toEqual([requests[index]?.status, expect.any(String)]);
      expect(ms).toBeGreaterThan(SHORT_LOCK_MS - 500);
    }
  });

  it('answers 503 in time to what writes for twelve seconds, goes on reading, and recovers (S82)', async () => {
    const requests = await writes();
    const account = await client.newSession();
    await file.lock();
    const unlocking = sleep(LONG_LOCK_MS).then(() => file.unlock());

    const refused = Promise.all(requests.map(({ send }) => timed(send())));
    for (let round = 0; round < 8; round++) {
      await expectPromptReads(account.token);
      await sleep(500);
    }
    for (const { status, body, headers, ms } of await refused) {
      expect([status, body.type]).toEqual([503, '/problems/service-unavailable']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      expect(ms).toBeLessThan(ANSWER_LIMIT_MS);
    }

    await unlocking;
    for (const { status, send } of requests) {
      const answer = await timed(send());
      expect([answer.status, answer.text]).toEqual([status, expect.any(String)]);
    }
    await expectPromptReads(account.token);
    expect((await client.get('/health/ready')).status).toBe(200);
  }, 60_000);

  it('is not ready meanwhile, and ready again soon after (F11)', async () => {
    await file.lock();
    await readiness(client, 503);
    expect((await client.get('/health/live')).status).toBe(200);
    await file.unlock();
    await readiness(client, 200);
  });

  it('is ready while others write (F11)', async () => {
    const busy = Promise.all(Array.from({ length: 20 }, () => client.register()));
    const answers = await Promise.all([1, 2, 3].map(() => client.get('/health/ready')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await busy;
  });

  it('does none of what it answered 503 to', async () => {
    const { token, username, password } = await client.newSession();
    const newcomer = { username: uniqueName(), password };
    await file.lock();
    const answers = await Promise.all([
      client.post('/user', { json: newcomer }),
      client.put('/user', { bearer: token, json: { username: `${username}-renamed` } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([503, 503]);
    await file.unlock();
    const login = await client.post('/authenticate_user', { json: newcomer });
    expect(login.status).toBe(401);
    expect((await client.get('/user', { bearer: token })).body.user.username).toBe(username);
  });
});
