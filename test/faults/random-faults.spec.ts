import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { registerVerifier } from '../support/oauth.js';
import { Server } from '../support/server.js';
import { logOut, renewed, TEST_KEY } from '../support/tokens.js';
import { buildVerifier, removeBuilt } from '../../scripts/support/verifier-programs.mjs';
import { postgresDatabase, sqliteDatabase } from './databases.js';
import { clusteredRedis, replicatedRedis } from './faulty-redis.js';
import { FAULTS, LONGEST_STANDSTILL_MS, REUSE_INTERVAL_S, type Target } from './fault-kinds.js';
import { InstancesClient } from './instances-client.js';
import { ANSWER_LIMIT_MS, RECOVERY_LIMIT_MS } from './load-record.js';
import { MixedLoad } from './mixed-load.js';
import { TEST_LIMIT_MS } from './outage.js';
import { drawRounds } from './random-rounds.js';
import { Apis } from './verifiers.js';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 16);
const SEED = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));

/** What a request may take while a SQLite file is locked, with threefold room for a busy machine. */
const SQLITE_ANSWER_LIMIT_MS = 3 * 6_000;

/** For this long no request is refused any more. */
const CALM_MS = 500;

const onPostgres = {
  prepare: postgresDatabase,
  count: 2,
  answerLimitMs: ANSWER_LIMIT_MS + LONGEST_STANDSTILL_MS,
};
const onSqlite = { prepare: sqliteDatabase, count: 1, answerLimitMs: SQLITE_ANSWER_LIMIT_MS };
const withoutRedis = () => Promise.resolve(undefined);

/** In which share of the rounds each kind of stores is broken: the suite has no time for all of them. */
const isSoak = process.env.FAULT_ROUNDS !== undefined;

const services = [
  {
    stores: 'PostgreSQL and Redis',
    share: isSoak ? 0.4 : 0.75,
    ...onPostgres,
    prepareRedis: replicatedRedis,
  },
  {
    stores: 'PostgreSQL and a Redis Cluster',
    share: isSoak ? 0.2 : 0,
    ...onPostgres,
    prepareRedis: clusteredRedis,
  },
  {
    stores: 'PostgreSQL',
    share: isSoak ? 0.2 : 0,
    ...onPostgres,
    prepareRedis: withoutRedis,
  },
  {
    stores: 'SQLite and Redis',
    share: isSoak ? 0.1 : 0.25,
    ...onSqlite,
    prepareRedis: replicatedRedis,
  },
  {
    stores: 'SQLite',
    share: isSoak ? 0.1 : 0,
    ...onSqlite,
    prepareRedis: withoutRedis,
  },
] as const;

/** Every kind of request succeeds. */
async function expectNormalService({ client }: Server): Promise<void> {
  expect((await client.get('/health/ready')).status).toBe(200);
  const { token } = await client.newSession();
  const next = await renewed(client, token);
  expect(await client.accepts(next)).toBe(true);
  await logOut(client, next);
}

describe.each(services.filter(({ share }) => share > 0))(
  `Services on $stores, while everything fails at random (FAULT_SEED=${SEED})`,
  ({ stores, share, prepare, prepareRedis, count, answerLimitMs }) => {
    const rounds = drawRounds(SEED, Math.ceil(ROUNDS * share), FAULTS[stores]);
    const instances: Server[] = [];
    let target: Target;
    let client: Client;
    let load: MixedLoad;

    beforeAll(async () => {
      const redis = await prepareRedis();
      const database = await prepare();
      const variables = {
        ...database.variables,
        ...redis?.variables,
        JWT_KEY: TEST_KEY,
        PUBLIC_URL: 'http://gatehouse.test',
        TOKEN_REUSE_INTERVAL: String(REUSE_INTERVAL_S),
      };
      while (instances.length < count) instances.push(await Server.start(variables));
      await buildVerifier();
      const apis = await Apis.beside(instances, await registerVerifier(instances[0]!));
      target = { redis, database, instances, apis };
      client = new InstancesClient(instances);
      load = await MixedLoad.on(instances[0]!, client, apis, answerLimitMs);
    }, TEST_LIMIT_MS);

    afterAll(async () => {
      await target.apis.end();
      removeBuilt();
    });

    /** Only an instance that was killed has died, and is back. */
    function expectAllRun(): void {
      expect(instances.map(({ hasEnded }) => hasEnded)).toEqual(Array(count).fill(false));
    }

    it.each(rounds)(
      'keep every promise and serve again soon: $title',
      async ({ faults, startMs, lastingMs, apartMs }) => {
        expectAllRun();
        const { token } = await client.newSession();
        await sleep(startMs);
        const strike = () =>
          Promise.all(
            faults.map(async (fault, index) => {
              await sleep(index * apartMs);
              await fault.strike(target, lastingMs);
            }),
          );
        await (faults.some(({ loses }) => loses) ? load.forgetting(strike) : strike());

        await eventually(async () => {
          await Promise.all(instances.map(expectNormalService));
        }, RECOVERY_LIMIT_MS);
        await eventually(async () => {
          const wellMs = performance.now();
          await sleep(CALM_MS);
          expect(load.record.refusals(wellMs)).toEqual([]);
        }, RECOVERY_LIMIT_MS);
        await load.check();
        // A fault is no theft. A Redis that went back in time cannot tell a renewal from one.
        const stolen = await target.database.stolenSessions();
        expect(stolen.filter((sessionId) => load.knows(sessionId))).toEqual([]);

        expectAllRun();
        // No one is logged out if the data is kept.
        const isLost = faults.some(({ loses }) => loses === 'all tokens');
        expect(await client.accepts(token)).toBe(!isLost);
        if (!isLost) expect(await client.accepts(await renewed(client, token))).toBe(true);
      },
      TEST_LIMIT_MS,
    );

    it(
      'have kept every promise in the end',
      async () => {
        await load.stopAndCheck();
      },
      TEST_LIMIT_MS + rounds.length * 1_000,
    );
  },
);
