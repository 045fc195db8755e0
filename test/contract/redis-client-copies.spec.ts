import { Logger } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { hashOfSecret } from '../../src/clients/client-credentials.js';
import type { ClientToken } from '../../src/clients/client-store.js';
import type { ClientRecord } from '../../src/clients/redis-client-records.js';
import { ClientChanges } from '../../src/clients/client-changes.js';
import { ClientsJob } from '../../src/clients/clients-job.js';
import { operatorInfo } from '../../src/common/client-info.js';
import { BackgroundJobs } from '../../src/config/background-jobs.js';
import { uniqueName } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { unheard } from '../support/feed-room.js';
import { redisClientAdapter, type OpenClients } from './client-adapters.js';

const OPERATOR = operatorInfo();
const DAY_MS = 24 * 3600 * 1000;

type Known = Awaited<ReturnType<typeof registered>>;

async function registered({ administration }: OpenClients) {
  const name = uniqueName('client');
  return (await administration.create({ name, scopes: [], introspects: false }, OPERATOR))!;
}

function newToken({ clientId }: Known): ClientToken {
  const issuedAtSeconds = Math.floor(Date.now() / 1000);
  const jti = randomBytes(16).toString('base64url');
  const dates = { issuedAtSeconds, expiresAtSeconds: issuedAtSeconds + 2100 };
  return { clientId, jti, generation: 0, scopes: [], ...dates };
}

describe('Copies of clients in Redis', () => {
  let redis: Awaited<ReturnType<typeof privateRedis>>;
  let opened: OpenClients;

  beforeAll(async () => {
    redis = await privateRedis();
    opened = await redisClientAdapter('Redis', { REDIS_URL: redis.url }).open();
  });

  afterAll(() => opened.close());

  const keyOf = ({ clientId }: Known) => `gatehouse:{${clientId}}:client`;

  const copyOf = async (client: Known): Promise<ClientRecord | undefined> => {
    const text = await redis.cli('GET', keyOf(client));
    return text === '' ? undefined : (JSON.parse(text) as ClientRecord);
  };

  const lifeMs = async (client: Known) => Number(await redis.cli('PTTL', keyOf(client)));

  const issue = ({ secret, ...client }: Known) =>
    opened.store.issue(newToken({ secret, ...client }), hashOfSecret(secret));

  const find = ({ clientId }: Known, isRight = true) =>
    opened.store.findClient(clientId, ({ isEnabled }) => isEnabled && isRight);

  /** As a database is that was restored from before the client was registered. */
  const loseRow = ({ clientId }: Known) =>
    opened.database.write(async (manager) => {
      await manager.query(`DELETE FROM client_secrets WHERE client_id = '${clientId}'`);
      await manager.query(`DELETE FROM clients WHERE client_id = '${clientId}'`);
    });

  const ageCopy = async (client: Known) => {
    const copy = await copyOf(client);
    copy![8] -= 0.6 * DAY_MS;
    await redis.cli('SET', keyOf(client), JSON.stringify(copy), 'KEEPTTL');
  };

  it('have an end, after which the row is read again', async () => {
    const client = await registered(opened);
    await issue(client);
    expect(await lifeMs(client)).toBeLessThanOrEqual(DAY_MS);
    expect(await lifeMs(client)).toBeGreaterThan(DAY_MS - 60_000);
    await loseRow(client);
    await redis.cli('DEL', keyOf(client));
    expect(await find(client)).toBeUndefined();
    expect(await issue(client)).toEqual({ outcome: 'refused' });
  });

  it('are read again behind the requests that they serve, long before that', async () => {
    const client = await registered(opened);
    await issue(client);
    await ageCopy(client);
    await redis.cli('PEXPIRE', keyOf(client), String(DAY_MS / 3));
    expect(await find(client)).toBeDefined();
    await eventually(async () => {
      expect(await lifeMs(client)).toBeGreaterThan(DAY_MS - 60_000);
    }, 5_000);
    expect((await copyOf(client))![8]).toBeGreaterThan(Date.now() - 60_000);
  });

  it('die once it is found that the database has lost the client', async () => {
    const client = await registered(opened);
    const token = newToken(client);
    await opened.store.issue(token, hashOfSecret(client.secret));
    await loseRow(client);
    await ageCopy(client);
    expect(await opened.store.findToken(token)).toBeDefined();
    await eventually(async () => {
      expect(await opened.store.findToken(token)).toBeUndefined();
    }, 5_000);
    expect(await issue(client)).toEqual({ outcome: 'refused' });
    expect(await find(client)).toBeUndefined();
    expect(await lifeMs(client)).toBeGreaterThan(DAY_MS - 60_000);
  });

  it('die when a command names a client that the database has lost', async () => {
    const client = await registered(opened);
    const token = newToken(client);
    await opened.store.issue(token, hashOfSecret(client.secret));
    await loseRow(client);
    expect(await opened.administration.find(client.clientId)).toBeUndefined();
    expect(await opened.store.findToken(token)).toBeUndefined();
    expect(await issue(client)).toEqual({ outcome: 'refused' });
  });

  it('live again with a row that comes back', async () => {
    const client = await registered(opened);
    await issue(client);
    const [row] = await opened.database.read((manager) =>
      manager.query<{ version: number }[]>(
        `SELECT * FROM clients WHERE client_id = '${client.clientId}'`,
      ),
    );
    await loseRow(client);
    await opened.administration.find(client.clientId);
    expect(await find(client)).toBeUndefined();
    await opened.database.write((manager) => manager.insert('clients', toEntity(row!)));
    expect((await find(client))?.isEnabled).toBe(true);
  });

  it('are not written by a wrong secret, unless the row says something else', async () => {
    const client = await registered(opened);
    expect((await find(client, false))?.clientId).toBe(client.clientId);
    expect(await copyOf(client)).toBeUndefined();
    await issue(client);
    const before = await copyOf(client);
    await redis.cli('CONFIG', 'RESETSTAT');
    await find(client, false);
    await opened.store.findClient('gtc_unknown', () => false);
    expect(await redis.cli('INFO', 'commandstats')).not.toMatch(/cmdstat_(set|evalsha|eval):/);
    expect(await copyOf(client)).toEqual(before);
    await opened.database.write((manager) =>
      manager.query(
        `UPDATE clients SET disabled_at_ms = 1, version = 2 WHERE client_id = '${client.clientId}'`,
      ),
    );
    await find(client, false);
    expect((await copyOf(client))?.slice(0, 3)).toEqual([2, 0, 0]);
  });

  it('are told of changes though one of them cannot be, and what has expired is removed', async () => {
    const [broken, client] = [await registered(opened), await registered(opened)];
    await issue(client);
    await redis.cli('SET', keyOf(broken), 'no JSON');
    for (const [index, { clientId }] of [broken, client].entries()) {
      await opened.database.write((manager) =>
        manager.query(
          `UPDATE clients SET disabled_at_ms = 1, untold_since_ms = ${index + 1}, version = 2
           WHERE client_id = '${clientId}'`,
        ),
      );
    }
    const prune = jest.spyOn(opened.store, 'prune');
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const jobs = new BackgroundJobs(true);
    const { rows, store } = opened;
    new ClientsJob(rows, store, new ClientChanges(store, rows, unheard), jobs).onModuleInit();
    await eventually(() => expect(prune).toHaveBeenCalled(), 10_000);
    await jobs.onModuleDestroy();
    expect(await opened.rows.listUntold(Date.now(), 100)).toEqual([broken.clientId]);
    expect((await copyOf(client))?.slice(0, 3)).toEqual([2, 0, 0]);
    expect(warn).toHaveBeenCalledTimes(1);
    await redis.cli('DEL', keyOf(broken));
  });

  it('and their tokens are not written to a Redis that is full, which tells no client from another', async () => {
    const client = await registered(opened);
    await issue(client);
    const tokens = `gatehouse:{${client.clientId}}:tokens`;
    await redis.cli('ZADD', tokens, '1', 'expired');
    const known = await redis.cli('ZCARD', tokens);
    await redis.cli('CONFIG', 'SET', 'maxmemory', '1');
    try {
      await expect(issue(client)).rejects.toMatchObject({ code: 'service-unavailable' });
      expect((await find(client, false))?.clientId).toBe(client.clientId);
      expect(await opened.store.findClient('gtc_unknown', () => false)).toBeUndefined();
    } finally {
      await redis.cli('CONFIG', 'SET', 'maxmemory', '0');
    }
    expect(await redis.cli('ZCARD', tokens)).toBe(known);
    expect(await issue(client)).toEqual({ outcome: 'issued' });
  });
});

function toEntity(row: object): object {
  const toName = (column: string) => column.replace(/_(\w)/g, (_, c: string) => c.toUpperCase());
  return Object.fromEntries(Object.entries(row).map(([key, value]) => [toName(key), value]));
}
