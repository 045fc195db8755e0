import { Guide } from '../support/guide.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/processes.mjs';
import { newRedisDatabase } from '../support/redis.js';
import { Server, type Variables } from '../support/server.js';
import { logOut, TEST_KEY } from '../support/tokens.js';

interface Backend {
  name: string;
  section: string;
  variables: () => Promise<Variables>;
}

const backends: Backend[] = [
  { name: 'SQLite', section: 'SQLite', variables: () => Promise.resolve({}) },
  {
    name: 'PostgreSQL',
    section: 'PostgreSQL',
    variables: async () => ({ JWT_KEY: TEST_KEY, DATABASE_URL: await newPostgresDatabase() }),
  },
  {
    name: 'PostgreSQL and Redis',
    section: 'PostgreSQL',
    variables: async () => ({
      JWT_KEY: TEST_KEY,
      DATABASE_URL: await newPostgresDatabase(),
      REDIS_URL: newRedisDatabase(),
    }),
  },
];

describe.each(backends)('A backup ($name)', ({ section, variables }) => {
  it('is made while the service runs, and what is restored revives nobody’s log-in', async () => {
    const own: Variables = { PORT: String(await freePort()), ...(await variables()) };
    const guide = new Guide('docs/guides/backup-and-restore.md', {
      section,
      variables: own,
    });
    const server = await Server.start(own, guide.folder, Number(own.PORT));
    const { client } = server;
    const kept = await client.newSession();
    const loggedOut = await client.newSession();
    await guide.follow(1);

    await logOut(client, loggedOut.token);
    const late = await client.newSession();
    await server.stop();
    await guide.follow();
    for (const { token } of [kept, loggedOut, late])
      expect(await client.accepts(token)).toBe(false);

    for (const account of [kept, loggedOut]) {
      const token = await client.login(account);
      const { body } = await client.get('/user', { bearer: token });
      expect(body.user).toEqual({ id: account.id, username: account.username });
    }
    const { username, password } = late;
    const json = { username, password };
    expect((await client.post('/authenticate_user', { json })).status).toBe(401);
    expect((await client.register({ username })).id).toBeGreaterThan(late.id);
  });
});
