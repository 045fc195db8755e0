import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse } from '../support/cli.js';
import { claimsOf, type Client } from '../support/client.js';
import {
  askForToken,
  clientToken,
  registerClient,
  revoke,
  type RegisteredClient,
} from '../support/oauth.js';
import type { Server } from '../support/server.js';
import { atOnce, forge, GUARDED_ROUTES, present, TEST_KEY } from '../support/tokens.js';

describeOnEachDatabase('A token of a client', (start) => {
  let server: Server;
  let client: Client;
  let scoped: RegisteredClient;
  let plain: RegisteredClient;

  beforeAll(async () => {
    server = await start({ JWT_KEY: TEST_KEY });
    ({ client } = server);
    scoped = await registerClient(server, ['--scope', 'reports:read', '--scope', 'reports:write']);
    plain = await registerClient(server);
  });

  const validated = (token: string) => client.post('/validate_token', { bearer: token });

  it('says whose it is and what it is for, and nothing of a session', async () => {
    const answer = await askForToken(client, scoped);
    expect([answer.status, answer.body]).toEqual([
      200,
      {
        access_token: expect.any(String),
        token_type: 'Bearer',
        expires_in: 2100,
        scope: 'reports:read reports:write',
      },
    ]);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const claims = claimsOf(answer.body.access_token as string);
    expect(claims).toEqual({
      iss: server.url,
      aud: server.url,
      sub: scoped.client_id,
      client_id: scoped.client_id,
      jti: expect.any(String),
      scope: 'reports:read reports:write',
      iat: expect.any(Number),
      exp: Number(claims.iat) + 2100,
    });
  });

  it('has the scopes that were asked for, each once, or none if the client was given none (S92)', async () => {
    const asked = await askForToken(client, scoped, { scope: 'reports:write reports:write' });
    expect(asked.body.scope).toBe('reports:write');
    expect(claimsOf(asked.body.access_token as string).scope).toBe('reports:write');
    const none = await askForToken(client, plain);
    expect([none.status, Object.keys(none.body as object)]).toEqual([
      200,
      ['access_token', 'token_type', 'expires_in'],
    ]);
    expect(claimsOf(none.body.access_token as string)).not.toHaveProperty('scope');
  });

  it.each([
    ['that the client was not given', 'reports:delete'],
    ['that the client was given in part', 'reports:read reports:delete'],
    ['between double spaces', 'reports:read  reports:write'],
    ['behind a space', ' reports:read'],
    ['in quotes', '"reports:read"'],
    ['outside ASCII', 'reports:läsa'],
    ['of ten thousand characters', 'x'.repeat(10_000)],
  ])('is not given for scopes %s', async (_, scope) => {
    const { status, body } = await askForToken(client, scoped, { scope });
    expect([status, body.error]).toEqual([400, 'invalid_scope']);
  });

  it('is another one each time, and each is live', async () => {
    const tokens = await atOnce(20, () => clientToken(client, scoped));
    expect(new Set(tokens).size).toBe(20);
    for (const token of tokens) {
      const { status, body } = await validated(token);
      expect([status, body]).toEqual([200, { message: 'Token is valid', token }]);
    }
  });

  it('is valid in a body too', async () => {
    const token = await clientToken(client, plain);
    expect((await client.post('/validate_token', { json: { token } })).status).toBe(200);
  });

  const others = GUARDED_ROUTES.filter(({ path }) => path !== '/validate_token');

  it.each(others)('is no user at $method $path ($carrier)', async (route) => {
    const token = await clientToken(client, scoped);
    const live = await present(client, route, token);
    expect([live.status, live.body.type]).toEqual([403, '/problems/not-a-user']);
    // A dead one says nothing of the route.
    expect((await revoke(client, scoped, token)).status).toBe(200);
    expect((await present(client, route, token)).status).toBe(401);
    expect((await validated(token)).status).toBe(401);
  });

  it.each([
    ['another subject', { sub: '1' }],
    ['another client', { client_id: 'gtc_another' }],
    ['another client throughout', { sub: 'gtc_another', client_id: 'gtc_another' }],
    ['a session', { sid: 'a-session' }],
    ['another jti', { jti: 'another' }],
    ['a jti that no key can have', { jti: '*\u0000\n' }],
    ['an expiry that has passed', { exp: 1 }],
  ])('counts only as it was issued: with %s it is refused', async (_, claims) => {
    const forged = forge(await clientToken(client, scoped), { claims });
    expect((await validated(forged)).status).toBe(401);
  });

  it('dies with its client, at once (S93)', async () => {
    for (const command of ['disable', 'delete']) {
      const registered = await registerClient(server);
      const token = await clientToken(client, registered);
      const { code } = await gatehouse(server, ['clients', command, registered.name]);
      expect([code, (await validated(token)).status]).toEqual([0, 401]);
      const { status, body } = await askForToken(client, registered);
      expect([status, body.error]).toEqual([401, 'invalid_client']);
    }
  });

  it('is not revived when its client is enabled again, and the client gets another', async () => {
    const registered = await registerClient(server);
    const token = await clientToken(client, registered);
    for (const command of ['disable', 'enable']) {
      expect((await gatehouse(server, ['clients', command, registered.client_id])).code).toBe(0);
    }
    expect((await validated(token)).status).toBe(401);
    expect((await validated(await clientToken(client, registered))).status).toBe(200);
  });

  it('is never issued to live on beside a disabling', async () => {
    for (let round = 0; round < 3; round += 1) {
      const registered = await registerClient(server);
      await clientToken(client, registered);
      const stop = { asked: false };
      const tokens: string[] = [];
      const asking = atOnce(3, async () => {
        while (!stop.asked) {
          const { status, body } = await askForToken(client, registered);
          if (status === 200) tokens.push(body.access_token as string);
        }
      });
      await gatehouse(server, ['clients', 'disable', registered.client_id]);
      stop.asked = true;
      await asking;
      expect(tokens.length).toBeGreaterThan(0);
      for (const token of tokens) expect((await validated(token)).status).toBe(401);
    }
  });
});
