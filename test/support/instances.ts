import { newPostgresDatabase } from './postgres.js';
import { newRedisDatabase } from './redis.js';
import { Server, type Variables } from './server.js';
import { TEST_KEY } from './tokens.js';

/** Three processes of the built service on one PostgreSQL and one Redis. */
export async function startThree(variables: Variables = {}): Promise<[Server, Server, Server]> {
  const shared = {
    DATABASE_URL: await newPostgresDatabase(),
    REDIS_URL: newRedisDatabase(),
    JWT_KEY: TEST_KEY,
    // One issuer, no matter which is asked.
    PUBLIC_URL: 'http://gatehouse.test',
    ...variables,
  };
  return Promise.all([Server.start(shared), Server.start(shared), Server.start(shared)]);
}
