import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { killRepeatedly, limitMs } from './sigkill-rounds.js';

const ROUNDS = Number(process.env.FAULT_ROUNDS ?? 12);

it(
  `A service that is killed while it writes to PostgreSQL and Redis keeps what it acknowledged, and has done the rest wholly or not at all, ${ROUNDS} times (F15)`,
  async () => {
    await killRepeatedly(ROUNDS, {
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: newRedisDatabase(),
    });
  },
  limitMs(ROUNDS),
);
