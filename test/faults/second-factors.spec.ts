import type { Answer, Client } from '../support/client.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { privateRedis } from '../support/private-servers.js';
import {
  answer,
  begunFactor,
  challengeOf,
  confirmFactor,
  logIn,
  newFactorOwner,
} from '../support/second-factors.js';
import { Server } from '../support/server.js';
import { postgresDatabase, sqliteDatabase } from './databases.js';
import { expectPromptRefusal, readiness, TEST_LIMIT_MS } from './outage.js';

/** One step with a second factor that can be repeated as it is, and what it is answered if all is well. */
interface Step {
  readonly ask: () => Promise<Answer>;
  readonly status: number;
}

/** Each step that writes, of accounts of its own. */
async function stepsOf(client: Client): Promise<Record<string, Step>> {
  const beginner = await client.newSession();
  const waiting = await begunFactor(client, beginner.token, beginner);
  const confirmation = waiting.next();
  const [logsIn, finishes, removes, renews, adds] = [
    await newFactorOwner(client),
    await newFactorOwner(client),
    await newFactorOwner(client),
    await newFactorOwner(client),
    await newFactorOwner(client),
  ];
  const challenge = await challengeOf(client, finishes);
  const [toFinish = '', toRemove = '', toRenew = '', toAdd = ''] = [
    finishes.recoveryCodes[0],
    removes.recoveryCodes[0],
    renews.recoveryCodes[0],
    adds.recoveryCodes[0],
  ];
  return {
    password: { ask: () => logIn(client, logsIn), status: 401 },
    code: { ask: () => answer(client, challenge, toFinish), status: 200 },
    confirmation: {
      ask: () => confirmFactor(client, beginner.token, waiting.id, confirmation),
      status: 200,
    },
    removal: {
      ask: () =>
        client.post(`/user/factors/${removes.app.id}/remove`, {
          ...{ bearer: removes.token, json: { code: toRemove } },
        }),
      status: 200,
    },
    'recovery codes': {
      ask: () =>
        client.post('/user/recovery_codes', { bearer: renews.token, json: { code: toRenew } }),
      status: 200,
    },
    adding: {
      ask: () =>
        client.post('/user/factors', {
          bearer: adds.token,
          json: { type: 'totp', current_password: adds.password, code: toAdd },
        }),
      status: 201,
    },
  };
}

/** Each is answered as if nothing had been before: no code was used up, and no challenge. */
async function expectAll(steps: Record<string, Step>): Promise<void> {
  for (const [name, { ask, status }] of Object.entries(steps)) {
    const answered = await ask();
    expect([name, answered.status, answered.text]).toEqual([name, status, expect.any(String)]);
  }
}

describe('With second factors, a fault leaves nothing half done, and a repeat does it:', () => {
  it.each([
    ['SQLite', () => Promise.resolve(sqliteDatabase())],
    ['PostgreSQL', postgresDatabase],
  ])(
    '%s takes no writes',
    async (_, newDatabase) => {
      const database = await newDatabase();
      const { client } = await Server.start(database.variables);
      const steps = await stepsOf(client);
      await database.setReadOnly(true);
      const answers = await Promise.all(Object.values(steps).map(({ ask }) => ask()));
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 503));
      await database.setReadOnly(false);
      await expectAll(steps);
    },
    TEST_LIMIT_MS,
  );

  it(
    'Redis does not answer',
    async () => {
      const redis = await privateRedis();
      const { client } = await Server.start({
        DATABASE_URL: await newPostgresDatabase(),
        REDIS_URL: redis.url,
      });
      const steps = await stepsOf(client);
      await redis.kill();
      for (const { ask } of Object.values(steps)) await expectPromptRefusal(ask());
      await redis.start();
      await readiness(client, 200);
      await expectAll(steps);
    },
    TEST_LIMIT_MS,
  );

  it(
    'PostgreSQL does not answer',
    async () => {
      const database = await postgresDatabase();
      const { client } = await Server.start(database.variables);
      const steps = await stepsOf(client);
      await database.server.stopAtOnce();
      for (const { ask } of Object.values(steps)) await expectPromptRefusal(ask());
      await database.server.start();
      await readiness(client, 200);
      await expectAll(steps);
    },
    TEST_LIMIT_MS,
  );
});
