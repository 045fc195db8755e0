import type { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import { scrape, type Series } from '../support/scrape.js';
import { Server } from '../support/server.js';
import { ANSWER_LIMIT_MS } from './load-record.js';
import { loginOf, TEST_LIMIT_MS } from './outage.js';

/** How long the number of live sessions is kept, and some room. */
const SESSIONS_KEPT_MS = 10_000 + 5_000;

const UNAVAILABLE = 'gatehouse_logins_total{outcome="unavailable"}';

function errorsOf(store: string, operation: string): string {
  return `gatehouse_store_errors_total{store="${store}",operation="${operation}"}`;
}

/** What is answered in an outage, and no later than anything else. */
async function scrapeInTime(client: Client): Promise<Series> {
  const startedMs = performance.now();
  const series = await scrape(client);
  expect(performance.now() - startedMs).toBeLessThan(ANSWER_LIMIT_MS);
  return series;
}

it(
  'While Redis is paused and then gone, the metrics answer and count what it could not',
  async () => {
    const redis = await privateRedis();
    const { client } = await Server.start({ REDIS_URL: redis.url });
    const account = await client.newSession();
    const fail = async () => {
      expect((await client.get('/user', { bearer: account.token })).status).toBe(503);
    };

    redis.pause();
    await Promise.all([fail(), fail(), fail()]);
    const paused = await scrapeInTime(client);
    expect(paused.get(errorsOf('redis', 'get'))).toBe(3);

    await redis.kill();
    await fail();
    const login = await client.post('/authenticate_user', { json: loginOf(account) });
    expect(login.status).toBe(503);
    const gone = await scrapeInTime(client);
    expect(gone.get(errorsOf('redis', 'get'))).toBe(4);
    // The three counters of failed log-ins.
    expect(gone.get(errorsOf('redis', 'count'))).toBe(3);
    expect(gone.get(UNAVAILABLE)).toBe(1);
    expect(gone.get('gatehouse_live_sessions')).toBe(1);
  },
  TEST_LIMIT_MS,
);

it(
  'While PostgreSQL is paused and then gone, the metrics answer without what only it knows, and count what it could not',
  async () => {
    const postgres = await privatePostgres();
    const { client } = await Server.start({ DATABASE_URL: postgres.url });
    const account = await client.newSession();
    expect((await scrape(client)).get('gatehouse_live_sessions')).toBe(1);

    postgres.pause();
    const login = await client.post('/authenticate_user', { json: loginOf(account) });
    expect(login.status).toBe(503);
    const paused = await scrapeInTime(client);
    expect(paused.get(errorsOf('database', 'read'))).toBeGreaterThanOrEqual(1);
    expect(paused.get(UNAVAILABLE)).toBe(1);
    await eventually(async () => {
      expect((await scrapeInTime(client)).has('gatehouse_live_sessions')).toBe(false);
    }, SESSIONS_KEPT_MS);

    await postgres.stopAtOnce();
    expect((await scrapeInTime(client)).has('gatehouse_live_sessions')).toBe(false);

    await postgres.start();
    await eventually(async () => {
      expect((await scrapeInTime(client)).get('gatehouse_live_sessions')).toBe(1);
    }, SESSIONS_KEPT_MS);
  },
  TEST_LIMIT_MS,
);
