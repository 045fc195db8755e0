import { Program } from '../../verifiers/conformance/program.mjs';
import type { Client } from '../support/client.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { registerVerifier } from '../support/oauth.js';
import { Server, type Variables } from '../support/server.js';
import { logOut, TEST_KEY } from '../support/tokens.js';
import { buildVerifier, PROGRAMS, removeBuilt } from '../../scripts/support/verifier-programs.mjs';

const ROUNDS = 25;

/** As one service: whatever the instances say of themselves has to be the same. */
const COMMON = { JWT_KEY: TEST_KEY, PUBLIC_URL: 'http://gatehouse.test' };

const backends: { name: string; instances: number; variables: () => Promise<Variables> }[] = [
  { name: 'SQLite', instances: 1, variables: () => Promise.resolve({}) },
  {
    name: 'PostgreSQL',
    instances: 2,
    variables: async () => ({ DATABASE_URL: await newPostgresDatabase() }),
  },
  {
    name: 'PostgreSQL and Redis',
    instances: 2,
    variables: async () => ({
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: newRedisDatabase(),
    }),
  },
];

beforeAll(buildVerifier);
afterAll(removeBuilt);

describe.each(backends)('Verifiers beside a real service ($name)', ({ instances, variables }) => {
  const clients: Client[] = [];
  const programs: Program[] = [];

  beforeAll(async () => {
    const stores = { ...COMMON, ...(await variables()) };
    const servers: Server[] = [];
    while (servers.length < instances) servers.push(await Server.start(stores));
    clients.push(...servers.map(({ client }) => client));
    const { client_id: clientId, client_secret: clientSecret } = await registerVerifier(
      servers[0]!,
    );
    for (const [index, command] of [...Object.values(PROGRAMS), PROGRAMS.TypeScript].entries()) {
      const program = new Program(command);
      programs.push(program);
      const { port } = servers[index % servers.length]!;
      await program.create(
        { url: `http://127.0.0.1:${port}` },
        { clientId, clientSecret },
        { mode: 'leased' },
      );
    }
  }, 120_000);

  afterAll(() => Promise.all(programs.map((program) => program.end())));

  const verifyAll = (token: string) =>
    Promise.all(programs.map((program) => program.verify(token)));

  it('accept no token after its log-out was answered, and every other one', async () => {
    const stays = await clients[0]!.newSession();
    for (let round = 0; round < ROUNDS; round += 1) {
      const client = clients[round % clients.length]!;
      const { token } = await client.newSession();
      // Twice: the second time it may be kept.
      for (let i = 0; i < 2; i += 1) {
        for (const answer of await verifyAll(token)) expect(answer).toMatchObject({ active: true });
      }
      await logOut(clients[(round + 1) % clients.length]!, token);
      expect(await verifyAll(token)).toEqual(programs.map(() => 'inactive'));
      for (const answer of await verifyAll(stays.token)) {
        expect(answer).toMatchObject({ active: true, username: stays.username });
      }
    }
  }, 120_000);
});
