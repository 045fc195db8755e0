import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse } from '../support/cli.js';
import { claimsOf, type Client } from '../support/client.js';
import {
  clientToken,
  introspect,
  registerClient,
  registerVerifier,
  revoke,
  type RegisteredClient,
} from '../support/oauth.js';
import type { Server } from '../support/server.js';
import { forge, logOut, nowSeconds, renewed, TEST_KEY, untilSecond } from '../support/tokens.js';

const INACTIVE = { active: false };

describeOnEachDatabase('Introspection', (start) => {
  let server: Server;
  let client: Client;
  let verifier: RegisteredClient;
  let machine: RegisteredClient;

  beforeAll(async () => {
    server = await start({ JWT_KEY: TEST_KEY, TOKEN_REUSE_INTERVAL: '3' });
    ({ client } = server);
    verifier = await registerVerifier(server);
    machine = await registerClient(server, ['--scope', 'read', '--scope', 'write']);
  });

  const answerFor = async (token: string): Promise<Record<string, number>> => {
    const { status, body } = await introspect(client, verifier, token);
    expect(status).toBe(200);
    return body;
  };

  it("tells whose a user's token is, and how long it lives", async () => {
    const { token, id, username } = await client.newSession();
    const { iat, exp, jti, sid, auth_time, amr } = claimsOf(token);
    expect(amr).toEqual(['pwd']);
    const answer = await answerFor(token);
    expect(answer).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: server.url,
      aud: server.url,
      sub: String(id),
      client_id: 'gatehouse',
      username,
      ...{ jti, iat, exp, auth_time, amr, sid },
      lifetime_ms: expect.any(Number),
    });
    const leftMs = Number(exp) * 1000 - Date.now();
    expect(answer.lifetime_ms).toBeGreaterThanOrEqual(leftMs);
    expect(answer.lifetime_ms).toBeLessThan(leftMs + 30_000);
  });

  it('tells which client a token is of, and what for', async () => {
    const token = await clientToken(client, machine);
    const { iat, exp, jti } = claimsOf(token);
    const { client_id } = machine;
    expect(await answerFor(token)).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: server.url,
      aud: server.url,
      sub: client_id,
      client_id,
      scope: 'read write',
      ...{ jti, iat, exp },
      lifetime_ms: expect.any(Number),
      sid: client_id,
    });
  });

  it('tells whose an API key is, until it is deleted', async () => {
    const { token, id, username } = await client.newSession();
    const made = await client.post('/user/keys', { bearer: token, json: { name: 'backup' } });
    const { key, id: keyId } = made.body as { key: string; id: string };
    expect(await answerFor(key)).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: server.url,
      aud: server.url,
      sub: String(id),
      client_id: 'gatehouse',
      username,
      sid: keyId,
    });
    await client.delete(`/user/keys/${keyId}`, { bearer: token });
    expect(await answerFor(key)).toEqual(INACTIVE);
  });

  it('tells how long an API key lives, if it expires', async () => {
    const { token } = await client.newSession();
    const json = { name: 'backup', expires_in: 600 };
    const { body } = await client.post('/user/keys', { bearer: token, json });
    const answer = await answerFor(body.key as string);
    expect(answer.exp).toBe(Date.parse(body.expires_at as string) / 1000);
    expect(answer.lifetime_ms).toBeLessThanOrEqual(600_000);
  });

  it('tells the roles that a user has now', async () => {
    const { token, username } = await client.newSession();
    expect(await answerFor(token)).not.toHaveProperty('roles');
    await gatehouse(server, ['users', 'grant', username, 'editor']);
    expect((await answerFor(token)).roles).toEqual(['editor']);
  });

  it('tells the name that a user has now', async () => {
    const { token, username } = await client.newSession();
    const name = `${username}-renamed`;
    const { body } = await client.put('/user', { bearer: token, json: { username: name } });
    expect(body.message).toBeDefined();
    expect((await answerFor(token)).username).toBe(name);
  });

  it('tells when a replaced token really dies, and then that it has', async () => {
    const { token } = await client.newSession();
    const next = await renewed(client, token);
    const { exp, lifetime_ms } = await answerFor(token);
    expect(lifetime_ms).toBeGreaterThan(0);
    expect(lifetime_ms).toBeLessThanOrEqual(3_000);
    expect(exp).toBeLessThanOrEqual(nowSeconds() + 3);
    await untilSecond(nowSeconds() + 4);
    expect(await answerFor(token)).toEqual(INACTIVE);
    expect((await answerFor(next)).exp).toBe(claimsOf(next).exp);
  });

  it('renews nothing', async () => {
    const { token } = await client.newSession();
    for (let time = 0; time < 3; time += 1) expect((await answerFor(token)).active).toBe(true);
    expect((await client.get('/user', { bearer: token })).body.token).toBe(token);
  });

  it('says false, and no more, of what no request may be made with (S57)', async () => {
    const session = await client.newSession();
    await logOut(client, session.token);
    const deleted = await client.newSession();
    await client.delete('/user', { bearer: deleted.token });
    const disabled = await client.newSession();
    await gatehouse(server, ['users', 'disable', disabled.username]);
    const revoked = await clientToken(client, machine);
    await revoke(client, machine, revoked);
    const other = await registerClient(server);
    const ofDisabled = await clientToken(client, other);
    await gatehouse(server, ['clients', 'disable', other.client_id]);
    const { token: genuine } = await client.newSession();
    for (const token of [
      ...[session.token, deleted.token, disabled.token, revoked, ofDisabled],
      forge(genuine, { claims: { jti: 'unknown' } }),
      forge(genuine, { claims: { exp: nowSeconds() - 1 } }),
      forge(genuine, { claims: { sub: '999999' } }),
      forge(genuine, { key: 'k'.repeat(32) }),
      `${genuine}x`,
      ...['no token at all', 'é\u0000', 'x'.repeat(10_000), 'gth_0123456789'],
    ]) {
      expect(await answerFor(token)).toEqual(INACTIVE);
    }
  });

  it('is for clients alone that were registered for it (S56)', async () => {
    const { token } = await client.newSession();
    const { status, body } = await introspect(client, machine, token);
    expect([status, body.error]).toEqual([403, 'insufficient_scope']);
  });
});

describeOnEachDatabase('Introspection of tokens for a single use', (start) => {
  it('uses none up, and says that the answer must not be kept', async () => {
    const server = await start({ TOKEN_SINGLE_USE: 'true' });
    const { client } = server;
    const verifier = await registerVerifier(server);
    const { token } = await client.newSession();
    for (let time = 0; time < 2; time += 1) {
      const answer = await introspect(client, verifier, token);
      expect(answer.body).toMatchObject({ active: true, single_use: true });
      expect(answer.headers.get('x-next-token')).toBeNull();
    }
    const used = await client.get('/user', { bearer: token });
    expect(used.status).toBe(200);
    const after = await introspect(client, verifier, token);
    expect(after.body).toEqual(INACTIVE);
    const next = await introspect(client, verifier, used.body.token as string);
    expect(next.body.active).toBe(true);
  });

  it('leaves tokens of clients as they are, which no request uses up', async () => {
    const server = await start({ TOKEN_SINGLE_USE: 'true' });
    const { client } = server;
    const verifier = await registerVerifier(server);
    const token = await clientToken(client, verifier);
    for (let time = 0; time < 2; time += 1) {
      expect((await client.post('/validate_token', { bearer: token })).status).toBe(200);
      const { body } = await introspect(client, verifier, token);
      expect([body.active, body.single_use]).toEqual([true, undefined]);
    }
  });
});
