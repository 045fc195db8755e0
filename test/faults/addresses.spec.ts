import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { eventually } from '../support/eventually.js';
import { newKey } from '../support/keys.js';
import {
  newAddressee,
  newestSecret,
  uniqueAddress,
  verifyAddress,
  wantAddress,
} from '../support/mails.js';
import type { Account, Answer, Client } from '../support/client.js';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { expectPromptRefusal, readiness, TEST_LIMIT_MS } from './outage.js';

const NEW_PASSWORD = 'battery staple';

/** The pruning job tells Redis of what it has not heard within some rounds of 5 s. */
const FINISHED_LIMIT_MS = 40_000;

const ask = (client: Client, username: string) =>
  client.post('/password/forgot', { json: { username } });

const reset = (client: Client, secret: object) =>
  client.post('/password/reset', { json: { ...secret, password: NEW_PASSWORD } });

const verify = (client: Client, bearer: string, secret: object) =>
  client.post('/user/email/verify', { bearer, json: secret });

const statusOfLogin = async (client: Client, { username }: Account, password: string) =>
  (await client.post('/authenticate_user', { json: { username, password } })).status;

/** A mail for a new password. */
async function secretFor(server: Server, { username, email }: Account & { email: string }) {
  const asked = await ask(server.client, username);
  expect(asked.status).toBe(202);
  const { token, code } = await newestSecret(server, email, 'reset-password');
  return { token, byCode: { id: asked.body.id as string, code } };
}

describe('A database that fails in the middle of', () => {
  let postgresUrl: string;
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    postgresUrl = await newPostgresDatabase();
    server = await Server.start({ DATABASE_URL: postgresUrl });
    ({ client } = server);
  });

  /** The statements on this table do not come to their end, and those before it in their transaction are undone. */
  async function withoutWritesTo(table: string, send: () => Promise<Answer>): Promise<Answer> {
    const locker = await connectToPostgres(postgresUrl);
    try {
      await locker.query('BEGIN');
      await locker.query(`LOCK TABLE ${table} IN EXCLUSIVE MODE`);
      return await send();
    } finally {
      await locker.end();
    }
  }

  it.each(['mails', 'users', 'security_events', 'api_keys', 'sessions'])(
    'a reset, at %s, leaves everything as it was, and the secret good',
    async (table) => {
      const person = await newAddressee(server);
      const { key } = await newKey(client, person.token);
      const { byCode, token } = await secretFor(server, person);
      for (const secret of [byCode, { token }]) {
        const answer = await withoutWritesTo(table, () => reset(client, secret));
        expect(answer.status).toBe(503);
      }
      for (const live of [person.token, key]) expect(await client.accepts(live)).toBe(true);
      expect(await statusOfLogin(client, person, person.password)).toBe(200);
      expect((await reset(client, byCode)).status).toBe(200);
      for (const dead of [person.token, key]) expect(await client.accepts(dead)).toBe(false);
      expect(await statusOfLogin(client, person, NEW_PASSWORD)).toBe(200);
    },
    TEST_LIMIT_MS,
  );

  it.each(['mails', 'email_addresses', 'security_events'])(
    'a verification, at %s, leaves the earlier address, and the secret good',
    async (table) => {
      const person = await newAddressee(server);
      const next = uniqueAddress();
      expect((await wantAddress(client, person, next)).status).toBe(202);
      const { token } = await newestSecret(server, next, 'verify-address');
      const answer = await withoutWritesTo(table, () => verify(client, person.token, { token }));
      expect(answer.status).toBe(503);
      const before = await client.get('/user/email', { bearer: person.token });
      expect(before.body).toEqual({ email: person.email, verified: true });
      expect((await verify(client, person.token, { token })).status).toBe(200);
      const after = await client.get('/user/email', { bearer: person.token });
      expect(after.body).toEqual({ email: next, verified: true });
    },
    TEST_LIMIT_MS,
  );

  it.each(['mails', 'email_addresses'])(
    'a removal or a wish, at %s, leaves the address, and both can be repeated',
    async (table) => {
      const person = await newAddressee(server);
      const next = uniqueAddress();
      const remove = () =>
        client.post('/user/email/remove', {
          bearer: person.token,
          json: { current_password: person.password },
        });
      const want = () => wantAddress(client, person, next);
      for (const change of [remove, want]) {
        expect((await withoutWritesTo(table, change)).status).toBe(503);
      }
      const { body } = await client.get('/user/email', { bearer: person.token });
      expect(body).toEqual({ email: person.email, verified: true });
      expect((await remove()).status).toBe(200);
      await verifyAddress(server, person, next);
    },
    TEST_LIMIT_MS,
  );
});

describe('Without its stores the way back', () => {
  it(
    'is 503 if the database does not answer, for who has an account and for who has none, and goes on after it',
    async () => {
      const postgres = await privatePostgres();
      const server = await Server.start({ DATABASE_URL: postgres.url });
      const { client } = server;
      const person = await newAddressee(server);
      const { token } = await secretFor(server, person);
      await postgres.stopAtOnce();
      await expectPromptRefusal(ask(client, person.username));
      await expectPromptRefusal(ask(client, 'nobody'));
      await expectPromptRefusal(reset(client, { token }));
      await expectPromptRefusal(reset(client, { token: 'x' }));
      await postgres.start();
      await readiness(client, 200);
      expect((await reset(client, { token })).status).toBe(200);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is 503 if Redis does not answer, and uses nothing up',
    async () => {
      const redis = await privateRedis();
      const server = await Server.start({
        DATABASE_URL: await newPostgresDatabase(),
        REDIS_URL: redis.url,
      });
      const { client } = server;
      const person = await newAddressee(server);
      const { token, byCode } = await secretFor(server, person);
      await redis.kill();
      await expectPromptRefusal(ask(client, person.username));
      await expectPromptRefusal(reset(client, { token }));
      await expectPromptRefusal(reset(client, byCode));
      await redis.start();
      await readiness(client, 200);
      expect(await statusOfLogin(client, person, person.password)).toBe(200);
      expect((await reset(client, byCode)).status).toBe(200);
    },
    TEST_LIMIT_MS,
  );

  it(
    'is finished later if Redis takes no writes any more once the password is set',
    async () => {
      const redis = await privateRedis();
      const server = await Server.start({
        DATABASE_URL: await newPostgresDatabase(),
        REDIS_URL: redis.url,
      });
      const { client } = server;
      const person = await newAddressee(server);
      const { key } = await newKey(client, person.token);
      expect(await client.accepts(key)).toBe(true);
      const { token } = await secretFor(server, person);
      // A replica lets requests in, but takes no change.
      await redis.cli('REPLICAOF', '127.0.0.1', '1');
      expect((await reset(client, { token })).status).toBe(503);
      await redis.cli('REPLICAOF', 'NO', 'ONE');
      await readiness(client, 200);
      expect(await statusOfLogin(client, person, NEW_PASSWORD)).toBe(200);
      expect(await statusOfLogin(client, person, person.password)).toBe(401);
      await eventually(async () => {
        for (const dead of [person.token, key]) expect(await client.accepts(dead)).toBe(false);
      }, FINISHED_LIMIT_MS);
    },
    TEST_LIMIT_MS,
  );
});
