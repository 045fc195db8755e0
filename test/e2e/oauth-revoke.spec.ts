import { describeOnEachDatabase } from '../support/backends.js';
import { type Client } from '../support/client.js';
import {
  basicOf,
  clientToken,
  registerClient,
  revoke,
  type RegisteredClient,
} from '../support/oauth.js';
import type { Server } from '../support/server.js';
import { forge, nowSeconds, renewed, TEST_KEY } from '../support/tokens.js';

describeOnEachDatabase('Revocation', (start) => {
  let server: Server;
  let client: Client;
  let machine: RegisteredClient;
  let other: RegisteredClient;

  beforeAll(async () => {
    server = await start({ JWT_KEY: TEST_KEY });
    ({ client } = server);
    machine = await registerClient(server);
    other = await registerClient(server);
  });

  const isLive = async (token: string) =>
    (await client.post('/validate_token', { bearer: token })).status === 200;

  const byHolder = (token: string) =>
    client.post('/oauth/revoke', { form: { client_id: 'gatehouse', token } });

  it('kills a token of the client, and no other', async () => {
    const [one, another] = [await clientToken(client, machine), await clientToken(client, machine)];
    const answer = await revoke(client, machine, one);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect([await isLive(one), await isLive(another)]).toEqual([false, true]);
  });

  it('is fine with what is unknown, dead, expired or no token (S52)', async () => {
    const token = await clientToken(client, machine);
    await revoke(client, machine, token);
    for (const dead of [
      token,
      forge(token, { claims: { exp: nowSeconds() - 1 } }),
      forge(token, { claims: { jti: 'unknown' } }),
      `${token}x`,
      'nothing',
    ]) {
      expect((await revoke(client, machine, dead)).status).toBe(200);
      expect((await byHolder(dead)).status).toBe(200);
    }
  });

  it('deletes an API key for its holder, and for no client', async () => {
    const { token } = await client.newSession();
    const { body } = await client.post('/user/keys', { bearer: token, json: { name: 'backup' } });
    const key = body.key as string;
    const { status, body: refusal } = await revoke(client, machine, key);
    expect([status, refusal.error]).toEqual([400, 'unauthorized_client']);
    expect(await isLive(key)).toBe(true);
    expect((await byHolder(key)).status).toBe(200);
    expect(await isLive(key)).toBe(false);
    expect((await byHolder(key)).status).toBe(200);
    expect((await revoke(client, machine, key)).status).toBe(200);
  });

  it("takes a dead token of another client or of a user's as it is: dead", async () => {
    const { token: ofUser } = await client.newSession();
    const ofOther = await clientToken(client, other);
    for (const token of [ofUser, ofOther]) {
      expect((await revoke(client, machine, token)).status).toBe(400);
    }
    await revoke(client, other, ofOther);
    await client.post('/logout', { bearer: ofUser });
    for (const token of [ofUser, ofOther]) {
      expect(await isLive(token)).toBe(false);
      expect((await revoke(client, machine, token)).status).toBe(200);
    }
  });

  it("refuses another client's token, and a user's, which live on", async () => {
    const { token: ofUser } = await client.newSession();
    for (const token of [await clientToken(client, other), ofUser]) {
      const { status, body } = await revoke(client, machine, token);
      expect([status, body.error]).toEqual([400, 'unauthorized_client']);
      expect(await isLive(token)).toBe(true);
    }
  });

  it("ends the session of a user's token for each client that holds it, as a log-out does", async () => {
    const account = await client.newSession();
    const elsewhere = await client.login(account);
    const newest = await renewed(client, account.token);
    const answer = await byHolder(account.token);
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(await isLive(newest)).toBe(false);
    expect(await isLive(elsewhere)).toBe(true);
    expect((await byHolder(account.token)).status).toBe(200);
  });

  it('leaves the token of a client alone if it comes without a secret', async () => {
    const token = await clientToken(client, machine);
    expect((await byHolder(token)).status).toBe(200);
    expect(await isLive(token)).toBe(true);
  });

  it('asks every other client for its secret (S53)', async () => {
    const token = await clientToken(client, machine);
    const { client_id } = machine;
    const nameless = await client.post('/oauth/revoke', { form: { client_id, token } });
    expect([nameless.status, nameless.body.error]).toEqual([401, 'invalid_client']);
    const secret = { client_id: 'gatehouse', client_secret: 'x', token };
    const made = await client.post('/oauth/revoke', { form: secret });
    expect([made.status, made.body.error]).toEqual([400, 'invalid_client']);
    const both = { basic: basicOf(machine), form: { client_id: 'gatehouse', token } };
    expect((await client.post('/oauth/revoke', both)).body.error).toBe('invalid_request');
    expect(await isLive(token)).toBe(true);
  });
});

describeOnEachDatabase('Revocation of an expired token', (start) => {
  it('ends its session as long as a log-out would', async () => {
    const server = await start({ JWT_KEY: TEST_KEY, TOKEN_TTL: '2', TOKEN_RENEW_GRACE: '300' });
    const { client } = server;
    const { token } = await client.newSession();
    while ((await client.get('/user', { bearer: token })).status === 200);
    const form = { client_id: 'gatehouse', token };
    expect((await client.post('/oauth/revoke', { form })).status).toBe(200);
    expect((await client.post('/renew_token', { bearer: token })).status).toBe(401);
  });
});
