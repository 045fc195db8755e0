import { gatehouse } from '../support/cli.js';
import { freePort } from '../support/processes.mjs';
import type { Client } from '../support/client.js';
import {
  askForToken,
  basicOf,
  clientToken,
  introspect,
  registerVerifier,
  revoke,
} from '../support/oauth.js';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { readiness, TEST_LIMIT_MS } from './outage.js';

async function isValid(client: Client, token: string): Promise<boolean> {
  const { status } = await client.post('/validate_token', { bearer: token });
  expect([200, 401]).toContain(status);
  return status === 200;
}

describe('The OAuth endpoints', () => {
  it(
    'say temporarily_unavailable while Redis is down, and never false (F2, S54)',
    async () => {
      const redis = await privateRedis();
      const server = await Server.start({ REDIS_URL: redis.url });
      const { client } = server;
      const verifier = await registerVerifier(server);
      const token = await clientToken(client, verifier);
      await redis.kill();
      for (const answer of [
        await askForToken(client, verifier),
        await introspect(client, verifier, token),
        await revoke(client, verifier, token),
      ]) {
        expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable']);
        expect(answer.headers.get('retry-after')).toMatch(/^\d+$/);
      }
      expect((await client.post('/validate_token', { bearer: token })).status).toBe(503);
      await redis.start();
      await readiness(client, 200);
      expect((await askForToken(client, verifier)).status).toBe(200);
    },
    TEST_LIMIT_MS,
  );

  it(
    'go on with Redis while the database is away (F12)',
    async () => {
      const [redis, postgres] = [await privateRedis(), await privatePostgres()];
      const server = await Server.start({ REDIS_URL: redis.url, DATABASE_URL: postgres.url });
      const { client } = server;
      const verifier = await registerVerifier(server);
      const { token: ofUser } = await client.newSession();
      expect((await introspect(client, verifier, ofUser)).body.active).toBe(true);
      await postgres.stopAtOnce();
      const token = await clientToken(client, verifier);
      expect(await isValid(client, token)).toBe(true);
      for (const each of [token, ofUser]) {
        const { status, body } = await introspect(client, verifier, each);
        expect([status, body.active]).toEqual([200, true]);
      }
      expect((await revoke(client, verifier, token)).status).toBe(200);
      expect((await introspect(client, verifier, token)).body).toEqual({ active: false });
      // Neither an unknown client nor a wrong secret can be told from one that the copy does not know yet.
      for (const basic of ['gtc_unknown:x', `${verifier.client_id}:x`]) {
        const answer = await client.post('/oauth/introspect', { basic, form: { token } });
        expect([answer.status, answer.body.error]).toEqual([503, 'temporarily_unavailable']);
      }
    },
    TEST_LIMIT_MS,
  );

  it(
    'say temporarily_unavailable without any store, from the start (F1)',
    async () => {
      const { client } = await Server.start({
        REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
        DATABASE_URL: `postgres://u:p@127.0.0.1:${await freePort()}/x`,
      });
      const form = { grant_type: 'client_credentials' };
      const { status, body } = await client.post('/oauth/token', { basic: 'gtc_x:y', form });
      expect([status, body.error]).toEqual([503, 'temporarily_unavailable']);
      expect((await client.post('/oauth/token', { form })).status).toBe(401);
    },
    TEST_LIMIT_MS,
  );
});

describe("A Redis that lost what it had revives no client's token", () => {
  it(
    'if it was flushed: the client gets another (F4)',
    async () => {
      const redis = await privateRedis();
      const server = await Server.start({ REDIS_URL: redis.url });
      const { client } = server;
      const verifier = await registerVerifier(server);
      const token = await clientToken(client, verifier);
      await redis.cli('FLUSHALL');
      expect(await isValid(client, token)).toBe(false);
      expect(await isValid(client, await clientToken(client, verifier))).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it(
    'if it went back to before a revocation, a rotation and a disabling (F4b)',
    async () => {
      const redis = await privateRedis();
      const server = await Server.start({ REDIS_URL: redis.url });
      const { client } = server;
      const registered = await Promise.all([1, 2, 3].map(() => registerVerifier(server)));
      const [revoked, rotated, disabled] = registered as [Known, Known, Known];
      const tokens = await Promise.all(registered.map((each) => clientToken(client, each)));
      redis.takeSnapshot();
      await revoke(client, revoked, tokens[0]!);
      const words = [
        ['clients', 'rotate-secret', rotated.name, '--overlap', '0'],
        ['clients', 'disable', disabled.name],
      ];
      for (const each of words) expect((await gatehouse(server, each)).code).toBe(0);
      await redis.kill();
      redis.returnToSnapshot();
      await redis.start();
      await readiness(client, 200);
      expect(Number(await redis.cli('DBSIZE'))).toBeGreaterThan(3);
      for (const token of tokens) expect(await isValid(client, token)).toBe(false);
      const form = { grant_type: 'client_credentials' };
      const statuses = [];
      for (const each of registered) {
        statuses.push((await client.post('/oauth/token', { basic: basicOf(each), form })).status);
      }
      expect(statuses).toEqual([200, 401, 401]);
    },
    TEST_LIMIT_MS,
  );
});

type Known = Awaited<ReturnType<typeof registerVerifier>>;
