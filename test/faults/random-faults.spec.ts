import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { logOut, renewed, TEST_KEY } from '../support/tokens.js';
import type { Target } from './fault-kinds.js';
import { InstancesClient } from './instances-client.js';
import { RECOVERY_LIMIT_MS } from './load-record.js';
import { MixedLoad } from './mixed-load.js';
import { TEST_LIMIT_MS } from './outage.js';
import { drawRounds } from './random-rounds.js';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 20);
const SEED = Number(process.env.FAULT_SEED ?? randomInt(2 ** 31));

/** So long nothing is refused any more. */
const CALM_MS = 500;

/** Every kind of request succeeds. */
async function expectNormalService({ client }: Server): Promise<void> {
  expect((await client.get('/health/ready')).status).toBe(200);
  const { token } = await client.newSession();
  const next = await renewed(client, token);
  expect(await client.accepts(next)).toBe(true);
  await logOut(client, next);
}

describe(`Two instances whose servers fail at random (FAULT_SEED=${SEED})`, () => {
  const instances: Server[] = [];
  let target: Target;
  let client: Client;
  let load: MixedLoad;

  beforeAll(async () => {
    const redis = await privateRedis({ 'enable-debug-command': 'local' });
    const postgres = await privatePostgres();
    const variables = {
      DATABASE_URL: postgres.url,
      REDIS_URL: redis.url,
      JWT_KEY: TEST_KEY,
      PUBLIC_URL: 'http://gatehouse.test',
    };
    instances.push(await Server.start(variables), await Server.start(variables));
    target = { redis, postgres, instances };
    client = new InstancesClient(instances);
    load = new MixedLoad(client);
  }, TEST_LIMIT_MS);

  /** Only who was killed has died, and is back. */
  function expectBothRun(): void {
    expect(instances.map(({ hasEnded }) => hasEnded)).toEqual([false, false]);
  }

  it.each(drawRounds(SEED, ROUNDS))(
    'keep every promise and serve again soon: $title',
    async ({ faults, startMs, lastingMs, apartMs }) => {
      expectBothRun();
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

      expectBothRun();
      // Whoever keeps the data logs nobody out.
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
    TEST_LIMIT_MS + ROUNDS * 1_000,
  );
});
