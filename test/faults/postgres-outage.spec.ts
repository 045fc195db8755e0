import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Account, type Client, uniqueName } from '../support/client.js';
import type { PostgresCluster } from '../support/postgres-cluster.mjs';
import { privatePostgres } from '../support/private-servers.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { renewed } from '../support/tokens.js';
import { MixedLoad } from './mixed-load.js';
import { expectPromptRefusal, loginOf, readiness, TEST_LIMIT_MS } from './outage.js';

const CONNECTIONS = 40;

const TERMINATE_OTHERS =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> ALL ($1::int[]) ' +
  "AND backend_type = 'client backend'";

/** PostgreSQL's message when an administrator ends the connection. */
const ENDED = Buffer.from('E\0\0\0\x1eSFATAL\0C57P01\0Mended now\0\0');

async function endAllConnections(url: string): Promise<void> {
  const admin = new pg.Client({ connectionString: url });
  await admin.connect();
  await admin.query(TERMINATE_OTHERS.replace('ALL ($1::int[])', 'pg_backend_pid()'));
  await admin.end();
}

/** Takes every connection of the server, also those that others had; resolves with what gives them back. */
async function takeAllConnections(url: string): Promise<() => Promise<void>> {
  const own: pg.Client[] = [];
  const pids: number[] = [];
  while (own.length < CONNECTIONS) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      own.push(client);
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      pids.push(rows[0]?.pid ?? 0);
    } catch {
      await own[0]?.query(TERMINATE_OTHERS, [pids]);
    }
  }
  return async () => {
    await Promise.all(own.map((client) => client.end()));
  };
}

describe('A service whose PostgreSQL', () => {
  let postgres: PostgresCluster;
  let server: Server;
  let client: Client;
  let account: Account & { token: string };
  let renewing: Account & { token: string };
  let load: MixedLoad;

  beforeAll(async () => {
    postgres = await privatePostgres({ max_connections: CONNECTIONS });
    server = await Server.start({ DATABASE_URL: postgres.url, REDIS_URL: newRedisDatabase() });
    client = server.client;
  }, TEST_LIMIT_MS);

  beforeEach(async () => {
    [account, renewing] = [await client.newSession(), await client.newSession()];
    load = await MixedLoad.on(server);
    await sleep(3_000);
  });

  /** What needs the database is refused in time, and what does not is served. */
  async function expectOutage(): Promise<void> {
    const { token, password } = account;
    await Promise.all([
      expectPromptRefusal(client.post('/authenticate_user', { json: loginOf(account) })),
      expectPromptRefusal(client.post('/user', { json: { username: uniqueName(), password } })),
      expectPromptRefusal(client.get('/user/sessions', { bearer: token })),
      expectPromptRefusal(client.post('/renew_token', { bearer: renewing.token })),
    ]);
  }

  async function expectReads(): Promise<void> {
    expect((await client.get('/user', { bearer: account.token })).status).toBe(200);
    expect((await client.post('/validate_token', { bearer: account.token })).status).toBe(200);
  }

  async function expectHealed(sinceMs: number): Promise<void> {
    await readiness(client, 200);
    await load.untilServed(sinceMs);
    expect(await client.accepts(await renewed(client, account.token))).toBe(true);
    await load.stopAndCheck();
    load.record.expectRecovery(sinceMs);
    expect(load.record.statuses('read')).toEqual([200, 401]);
    expect(server.hasEnded).toBe(false);
  }

  it(
    'stops at once answers 503, reads on and serves within 5 s of its return (F12, S64)',
    async () => {
      await postgres.stopAtOnce();
      await expectOutage();
      await expectReads();
      await readiness(client, 503);
      await expectReads();
      await postgres.start();
      await expectHealed(performance.now());
    },
    TEST_LIMIT_MS,
  );

  it(
    'ends all connections is asked on new ones (F12)',
    async () => {
      await endAllConnections(postgres.url);
      const cutMs = performance.now();
      await expectReads();
      await expectHealed(cutMs);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is paused for four seconds answers 503 in time and serves when it goes on (F12)',
    async () => {
      postgres.pause();
      await expectOutage();
      await expectReads();
      await readiness(client, 503);
      await sleep(2_000);
      postgres.resume();
      await expectHealed(performance.now());
    },
    TEST_LIMIT_MS,
  );

  it(
    'has no connection left answers 503 in time and serves once there is one (F12, S82)',
    async () => {
      const giveBack = await takeAllConnections(postgres.url);
      await expectOutage();
      await expectReads();
      await readiness(client, 503);
      await giveBack();
      await expectHealed(performance.now());
    },
    TEST_LIMIT_MS,
  );
});

it.each([
  { moment: 'as soon as it is made', answer: 'server_version' },
  { moment: 'within a transaction', answer: 'START TRANSACTION' },
])(
  'A service whose PostgreSQL ends each connection $moment answers 503 and lives on (F12)',
  async ({ answer }) => {
    const postgres = await privatePostgres();
    const proxy = await SlowProxy.to(Number(new URL(postgres.url).port));
    const server = await Server.start({
      DATABASE_URL: postgres.url.replace(/:\d+\//, `:${proxy.port}/`),
      REDIS_URL: newRedisDatabase(),
    });
    const { client } = server;
    const account = await client.register();
    proxy.alter = (chunk) => (chunk.includes(answer) ? Buffer.concat([chunk, ENDED]) : chunk);
    await endAllConnections(postgres.url);
    for (let attempt = 0; attempt < 5; attempt++) {
      await expectPromptRefusal(client.post('/authenticate_user', { json: loginOf(account) }));
    }
    expect(server.hasEnded).toBe(false);
    proxy.alter = (chunk) => chunk;
    await readiness(client, 200);
    await client.login(account);
  },
  TEST_LIMIT_MS,
);
