import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashOfSecret } from '../../src/clients/client-credentials.js';
import { operatorInfo } from '../../src/common/client-info.js';
import { uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { postgresClientAdapter, type OpenClients } from './client-adapters.js';

const AT_ONCE = 20;

/** Longer than any request waits for the database. */
const BEYOND_DEADLINE_MS = 3_000;

type Connection = Awaited<ReturnType<typeof connectToPostgres>>;

describe('Tokens of one client on PostgreSQL', () => {
  let opened: OpenClients;
  let rival: Connection;

  beforeAll(async () => {
    const url = await newPostgresDatabase();
    opened = await postgresClientAdapter(() => url).open();
    rival = await connectToPostgres(url);
  });

  afterAll(() => opened.close());

  async function registered() {
    const client = { name: uniqueName('client'), scopes: [], introspects: false };
    return (await opened.administration.create(client, operatorInfo()))!;
  }

  type Known = Awaited<ReturnType<typeof registered>>;

  function issue({ clientId, secret }: Known) {
    const issuedAtSeconds = Math.floor(Date.now() / 1000);
    const dates = { issuedAtSeconds, expiresAtSeconds: issuedAtSeconds + 2100 };
    const jti = randomBytes(16).toString('base64url');
    const token = { clientId, jti, generation: 0, scopes: [], ...dates };
    return opened.store.issue(token, hashOfSecret(secret));
  }

  const issueMany = (client: Known) => Array.from({ length: AT_ONCE }, () => issue(client));

  async function lock({ clientId }: Known): Promise<void> {
    await rival.query('BEGIN');
    await rival.query(`SELECT 1 FROM clients WHERE client_id = '${clientId}' FOR UPDATE`);
  }

  async function connectionsThatWait(): Promise<number> {
    const { rows } = await rival.query<{ waiting: string }>(
      `SELECT count(*) AS waiting FROM pg_stat_activity
       WHERE datname = current_database() AND wait_event_type = 'Lock'`,
    );
    return Number(rows[0]?.waiting);
  }

  it('wait for its row with one connection, and others have the rest', async () => {
    const [client, other] = [await registered(), await registered()];
    await lock(client);
    const issued = issueMany(client);
    await eventually(async () => expect(await connectionsThatWait()).toBeGreaterThan(0), 1_000);
    expect(await issue(other)).toEqual({ outcome: 'issued' });
    expect(await connectionsThatWait()).toBe(1);
    await rival.query('COMMIT');
    expect(await Promise.all(issued)).toEqual(issued.map(() => ({ outcome: 'issued' })));
  });

  it('wait no longer than for anything else, and come to nothing then', async () => {
    const client = await registered();
    await lock(client);
    const startMs = performance.now();
    const refused = await Promise.allSettled(issueMany(client));
    expect(performance.now() - startMs).toBeLessThan(BEYOND_DEADLINE_MS);
    const unavailable = expect.objectContaining({ code: 'service-unavailable' }) as unknown;
    expect(refused).toEqual(refused.map(() => ({ status: 'rejected', reason: unavailable })));
    await rival.query('COMMIT');
    await sleep(100);
    const { rows } = await rival.query(
      `SELECT 1 FROM client_tokens WHERE client_id = '${client.clientId}'`,
    );
    expect(rows).toEqual([]);
  });
});
