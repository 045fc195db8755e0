import { randomBytes } from 'node:crypto';
import { hashOfSecret } from '../../src/clients/client-credentials.js';
import {
  MAX_CLIENT_TOKENS,
  type ClientState,
  type ClientToken,
} from '../../src/clients/client-store.js';
import { MAX_SECRETS, type ClientCredentials } from '../../src/clients/clients-administration.js';
import { operatorInfo } from '../../src/common/client-info.js';
import { uniqueName } from '../support/client.js';
import { clientAdapters, type OpenClients } from './client-adapters.js';

const ROUNDS = 25;
const OPERATOR = operatorInfo();
const ISSUED = { outcome: 'issued' };
const MADE = { clientId: expect.any(String), secret: expect.any(String) } as unknown;
const REFUSED = { outcome: 'refused' };

/** A client as a test knows it. */
interface Known {
  clientId: string;
  name: string;
  secret: string;
}

async function registered({ administration }: OpenClients): Promise<Known> {
  const name = uniqueName('client');
  const made = await administration.create(
    { name, scopes: ['read', 'write'], introspects: true },
    OPERATOR,
  );
  return { ...made!, name };
}

/** The client as the store says it is, whatever that holds. */
const found = ({ store }: OpenClients, { clientId }: Known): Promise<ClientState | undefined> =>
  store.findClient(clientId, () => true);

function newToken({ clientId }: Known, overrides: Partial<ClientToken> = {}): ClientToken {
  const issuedAtSeconds = Math.floor(Date.now() / 1000);
  return {
    clientId,
    jti: randomBytes(16).toString('base64url'),
    generation: 0,
    scopes: ['read'],
    issuedAtSeconds,
    expiresAtSeconds: issuedAtSeconds + 2100,
    ...overrides,
  };
}

async function issued(opened: OpenClients, client: Known, overrides: Partial<ClientToken> = {}) {
  const token = newToken(client, overrides);
  expect(await opened.store.issue(token, hashOfSecret(client.secret))).toEqual(ISSUED);
  return token;
}

describe.each(clientAdapters)('The store of clients: $name', (adapter) => {
  let opened: OpenClients;
  let second: OpenClients;

  beforeAll(async () => {
    opened = await adapter.open();
    second = await adapter.open();
  });

  afterAll(async () => {
    await opened.close();
    await second.close();
  });

  const rowOf = async ({ clientId }: Known) => (await opened.administration.find(clientId))!;

  const isLive = async (token: ClientToken): Promise<boolean[]> =>
    Promise.all(
      [opened, second].map(async ({ store }) => (await store.findToken(token)) !== undefined),
    );

  it('finds a client as it was registered, on every instance, and no other', async () => {
    const client = await registered(opened);
    for (const instance of [opened, second, opened]) {
      expect(await found(instance, client)).toEqual({
        clientId: client.clientId,
        name: client.name,
        version: 1,
        generation: 0,
        isEnabled: true,
        introspects: true,
        scopes: ['read', 'write'],
        secrets: [{ hash: hashOfSecret(client.secret), expiresAtMs: null }],
      });
    }
    expect(await found(opened, { ...client, clientId: 'gtc_unknown' })).toBeUndefined();
  });

  it('finds a token as it was issued, with its own client and jti alone', async () => {
    const [client, other] = [await registered(opened), await registered(opened)];
    const token = await issued(opened, client);
    for (const { store } of [opened, second]) expect(await store.findToken(token)).toEqual(token);
    expect(await isLive({ ...token, clientId: other.clientId })).toEqual([false, false]);
    expect(await isLive(newToken(client))).toEqual([false, false]);
  });

  it('keeps a token without scopes', async () => {
    const token = await issued(opened, await registered(opened), { scopes: [] });
    expect(await opened.store.findToken(token)).toEqual(token);
  });

  it('revokes one token and no other, as often as it is asked to', async () => {
    const client = await registered(opened);
    const [one, other] = [await issued(opened, client), await issued(opened, client)];
    await second.store.revoke(one);
    await opened.store.revoke(one);
    expect(await isLive(one)).toEqual([false, false]);
    expect(await isLive(other)).toEqual([true, true]);
  });

  it('issues for no secret that the client has not', async () => {
    const client = await registered(opened);
    const token = newToken(client);
    expect(await opened.store.issue(token, hashOfSecret('gts_wrong'))).toEqual(REFUSED);
    expect(await opened.store.issue(newToken({ ...client, clientId: 'gtc_x' }), '')).toEqual(
      REFUSED,
    );
    expect(await isLive(token)).toEqual([false, false]);
  });

  it.each(['disable', 'delete'] as const)('kills every token at once: %s (S93)', async (how) => {
    const client = await registered(opened);
    const tokens = [await issued(opened, client), await issued(second, client)];
    await second.administration[how](await rowOf(client), OPERATOR);
    for (const token of tokens) expect(await isLive(token)).toEqual([false, false]);
    for (const { store } of [opened, second]) {
      expect(await store.issue(newToken(client), hashOfSecret(client.secret))).toEqual(REFUSED);
    }
    expect((await found(opened, client))?.isEnabled ?? false).toBe(false);
  });

  it('issues no more than the most that may be live, of which expired ones are none', async () => {
    const client = await registered(opened);
    const nowSeconds = Math.floor(Date.now() / 1000);
    await issued(opened, client);
    await opened.fill(client.clientId, MAX_CLIENT_TOKENS, nowSeconds - 10);
    await opened.fill(client.clientId, MAX_CLIENT_TOKENS - 2, nowSeconds + 100);
    const last = await issued(opened, client);
    const issue = () => second.store.issue(newToken(client), hashOfSecret(client.secret));
    const full = await issue();
    expect(full).toEqual({ outcome: 'full', retryAfterSeconds: expect.any(Number) });
    const { retryAfterSeconds } = full as { retryAfterSeconds: number };
    expect(retryAfterSeconds).toBeGreaterThan(0);
    expect(retryAfterSeconds).toBeLessThanOrEqual(100);
    await opened.store.revoke(last);
    expect(await issue()).toEqual(ISSUED);
    expect(await issue()).toMatchObject({ outcome: 'full' });
  });

  it('revives no token when its client is enabled again', async () => {
    const client = await registered(opened);
    const before = await issued(opened, client);
    await opened.administration.disable(await rowOf(client), OPERATOR);
    await second.administration.enable(await rowOf(client), OPERATOR);
    expect(await isLive(before)).toEqual([false, false]);
    const { generation } = (await found(opened, client))!;
    const after = await issued(opened, client, { generation });
    expect(await isLive(after)).toEqual([true, true]);
  });

  it('refuses a secret that was rotated away, and keeps the tokens', async () => {
    const client = await registered(opened);
    const token = await issued(opened, client);
    const next = await second.administration.rotateSecret(await rowOf(client), 0, OPERATOR);
    expect(next).toEqual(MADE);
    const hash = hashOfSecret(client.secret);
    expect(await opened.store.issue(newToken(client), hash)).toEqual(REFUSED);
    await issued(opened, { ...client, ...(next as ClientCredentials) });
    expect(await isLive(token)).toEqual([true, true]);
  });

  it('keeps the secrets of an overlap, each until its own end', async () => {
    const client = await registered(opened);
    await opened.administration.rotateSecret(await rowOf(client), 1000, OPERATOR);
    await opened.administration.rotateSecret(await rowOf(client), 10, OPERATOR);
    const { secrets } = (await found(second, client))!;
    const ends = secrets.map(({ expiresAtMs }) => expiresAtMs ?? Infinity).sort((a, b) => a - b);
    expect(ends[0]! - Date.now()).toBeLessThanOrEqual(10_000);
    expect(ends[1]! - Date.now()).toBeGreaterThan(900_000);
    expect(ends[2]).toBe(Infinity);
    await issued(second, client);
  });

  it('takes no secret beyond the most, and none is lost by asking', async () => {
    const client = await registered(opened);
    const rotate = async (overlap: number) =>
      opened.administration.rotateSecret(await rowOf(client), overlap, OPERATOR);
    for (let count = 1; count < MAX_SECRETS; count += 1) expect(await rotate(1000)).toEqual(MADE);
    const before = (await found(second, client))?.secrets;
    expect(before).toHaveLength(MAX_SECRETS);
    expect(await rotate(1000)).toBe('too-many-secrets');
    expect((await found(second, client))?.secrets).toEqual(before);
    await issued(second, client);
    expect(await rotate(0)).toEqual(MADE);
    expect((await found(second, client))?.secrets).toHaveLength(1);
  });

  it('tells a client that was deleted meanwhile from one with too many secrets', async () => {
    const client = await registered(opened);
    const row = await rowOf(client);
    await second.administration.delete(row, OPERATOR);
    expect(await opened.administration.rotateSecret(row, 1000, OPERATOR)).toBe('deleted');
  });

  it(`lets no token live that was issued beside a disabling, in ${ROUNDS} rounds`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const client = await registered(opened);
      // Known to the store, so that the two really meet.
      await issued(opened, client);
      const row = await rowOf(client);
      const tokens = Array.from({ length: 4 }, () => newToken(client));
      const [results] = await Promise.all([
        Promise.all(tokens.map((token) => opened.store.issue(token, hashOfSecret(client.secret)))),
        second.administration.disable(row, OPERATOR),
      ]);
      expect(results.map(({ outcome }) => outcome)).not.toContain('full');
      for (const token of tokens) expect(await isLive(token)).toEqual([false, false]);
    }
  });

  it('finishes a change of which the store did not hear, and then forgets what was deleted', async () => {
    const [disabled, deleted] = [await registered(opened), await registered(opened)];
    const tokens = [await issued(opened, disabled), await issued(opened, deleted)];
    for (const [{ clientId }, column] of [
      [disabled, 'disabled_at_ms'],
      [deleted, 'deleted_at_ms'],
    ] as const) {
      await opened.database.write((manager) =>
        manager.query(
          `UPDATE clients SET ${column} = 1, untold_since_ms = 1, version = version + 1,
             generation = generation + 1 WHERE client_id = '${clientId}'`,
        ),
      );
    }
    const waiting = await second.rows.listUntold(Date.now(), 100);
    expect(waiting).toEqual(expect.arrayContaining([disabled.clientId, deleted.clientId]));
    for (const clientId of waiting) await second.changes.finish(clientId);
    for (const token of tokens) expect(await isLive(token)).toEqual([false, false]);
    expect(await second.rows.listUntold(Date.now(), 100)).toEqual([]);
    expect(await opened.rows.read(deleted.clientId)).toBeUndefined();
    expect(await opened.rows.read(disabled.clientId)).toMatchObject({ isEnabled: false });
  });

  it('frees the name of a client that was deleted, and gives no two the same', async () => {
    const client = await registered(opened);
    const again = { name: client.name, scopes: [], introspects: false };
    expect(await opened.administration.create(again, OPERATOR)).toBeUndefined();
    await opened.administration.delete(await rowOf(client), OPERATOR);
    const made = await Promise.all(
      [opened, second].map(({ administration }) => administration.create(again, OPERATOR)),
    );
    expect(made.filter((credentials) => credentials !== undefined)).toHaveLength(1);
  });

  it('goes by the row of a database that went back to an earlier version', async () => {
    const client = await registered(opened);
    await issued(opened, client);
    await opened.administration.rotateSecret(await rowOf(client), 1000, OPERATOR);
    await opened.administration.rotateSecret(await rowOf(client), 1000, OPERATOR);
    await opened.database.write((manager) =>
      manager.query(`UPDATE clients SET version = 1 WHERE client_id = '${client.clientId}'`),
    );
    await opened.administration.disable(await rowOf(client), OPERATOR);
    expect((await found(second, client))?.isEnabled).toBe(false);
  });

  it('says service-unavailable to everything once it cannot answer', async () => {
    const lost = await adapter.open();
    const client = await registered(lost);
    const token = await issued(lost, client);
    await lost.close();
    const calls = [
      lost.store.findClient(client.clientId, () => true),
      lost.store.issue(newToken(client), hashOfSecret(client.secret)),
      lost.store.findToken(token),
      lost.store.revoke(token),
      lost.store.tell(client.clientId),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'service-unavailable' });
    }
    expect(await isLive(token)).toEqual([true, true]);
  });
});
