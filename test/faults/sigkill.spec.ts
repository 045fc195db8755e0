import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server, type Variables } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { Registrar, Renewer } from './sigkill-clients.js';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 100);
const ROUNDS_WITH_REDIS = Number(process.env.FAULT_ROUNDS ?? 25);
const LONGEST_ROUND_MS = 300;
const LIMIT_MS = 5 * 60_000 + ROUNDS * 10_000;

/** Longer than any restart, so that a renewal whose answer was lost can be repeated after it. */
const TOKEN_REUSE_INTERVAL = '3600';

/** Kills a service again and again while it writes; resolves with the last one, which runs. */
async function killRepeatedly(rounds: number, variables: Variables = {}): Promise<Server> {
  let server = await Server.start({ TOKEN_REUSE_INTERVAL, ...variables });
  const registrars = [new Registrar(), new Registrar()];
  const renewers = await Promise.all([1, 2, 3].map(() => Renewer.register(server.client)));
  const clients = [...registrars, ...renewers];

  for (let round = 1; round <= rounds; round++) {
    const { client } = server;
    const work = Promise.all(clients.map((each) => each.work(client)));
    await sleep(randomInt(LONGEST_ROUND_MS));
    await server.kill();
    await work;
    server = await server.restart();
    await Promise.all(clients.map((each) => each.check(server.client)));
  }

  await Promise.all(renewers.map((each) => each.checkEveryLogOut(server.client)));
  // The run is worth something only where there was something to lose.
  for (const { acknowledged } of clients) expect(acknowledged).toBeGreaterThan(rounds / 4);
  return server;
}

describe('A service that is killed while it writes', () => {
  it(
    `keeps what it acknowledged, and has done the rest wholly or not at all, ${ROUNDS} times (F15)`,
    async () => {
      const server = await killRepeatedly(ROUNDS);
      await server.stop();
      const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
      expect(await file.query('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
      await file.close();
    },
    LIMIT_MS,
  );

  it(
    `does so with PostgreSQL and Redis, ${ROUNDS_WITH_REDIS} times (F15)`,
    async () => {
      await killRepeatedly(ROUNDS_WITH_REDIS, {
        DATABASE_URL: await newPostgresDatabase(),
        REDIS_URL: newRedisDatabase(),
      });
    },
    LIMIT_MS,
  );
});
