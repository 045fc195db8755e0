import { newPostgresDatabase } from '../support/postgres.js';
import { privateRedis } from '../support/private-servers.js';
import { newRedisDatabase } from '../support/redis.js';
import { growth } from '../support/scrape.js';
import { Server, type Variables } from '../support/server.js';
import { atOnce, TEST_KEY } from '../support/tokens.js';

const LIMITS = { LOGIN_MAX_FAILURES: '4', REGISTRATIONS_PER_HOUR: '3', JWT_KEY: TEST_KEY };

const backends: { name: string; variables: () => Promise<Variables> }[] = [
  {
    name: 'PostgreSQL',
    variables: async () => ({ DATABASE_URL: await newPostgresDatabase() }),
  },
  {
    name: 'PostgreSQL and Redis',
    variables: async () => ({
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: newRedisDatabase(),
    }),
  },
];

describe.each(backends)('Two instances ($name)', ({ variables }) => {
  it('count failed log-ins and registrations together', async () => {
    const shared = { ...LIMITS, ...(await variables()) };
    const instances = [await Server.start(shared), await Server.start(shared)];
    const clientOf = (index: number) => instances[index % 2]!.client;

    const { username, password } = await clientOf(0).register();
    for (let time = 0; time < 4; time += 1) {
      const json = { username, password: 'wrong' };
      expect((await clientOf(time).post('/authenticate_user', { json })).status).toBe(401);
    }
    const refused = await atOnce(2, (index) =>
      clientOf(index).post('/authenticate_user', { json: { username, password } }),
    );
    expect(refused.map(({ status }) => status)).toEqual([429, 429]);

    await clientOf(1).register();
    await clientOf(0).register();
    const json = { username: 'one-too-many', password };
    expect((await clientOf(1).post('/user', { json })).status).toBe(429);
  });
});

it('No one can guess while the counters cannot be reached: 503, and never a yes or no (F44)', async () => {
  const redis = await privateRedis();
  const { client } = await Server.start({ REDIS_URL: redis.url });
  const { username } = await client.register();
  await redis.kill();
  const json = { username, password: 'wrong' };
  const hashes = await growth(
    client,
    /^gatehouse_password_hash_duration_seconds_count/,
    async () => {
      const answers = await atOnce(20, () => client.post('/authenticate_user', { json }));
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([503]));
    },
  );
  // They were refused before a password was looked at.
  expect(hashes).toEqual({});
  await redis.start();
});
