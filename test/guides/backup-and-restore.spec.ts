import { execFileSync } from 'node:child_process';
import { gatehouse } from '../support/cli.js';
import { Guide } from '../support/guide.js';
import { deleteKey, newKey } from '../support/keys.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/processes.mjs';
import { newRedisDatabase } from '../support/redis.js';
import { Server, type Variables } from '../support/server.js';
import { logOut, TEST_KEY } from '../support/tokens.js';

/** What an older backup, or one that was broken off, has left. */
const BACKUPS = 'backup/new.sqlite backup/gatehouse.sqlite backup/gatehouse.dump';

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

/** As after the newest accounts were deleted: the next id is far above all that are in the table. */
async function skipIds(databaseUrl?: string): Promise<void> {
  if (databaseUrl === undefined) return;
  const postgres = await connectToPostgres(databaseUrl);
  await postgres.query("SELECT setval(pg_get_serial_sequence('users', 'id'), 5000)");
}

/** Whether Redis says anything of a user. */
function knownToRedis(userId: number, redisUrl?: string): boolean {
  if (redisUrl === undefined) return false;
  const question = ['EXISTS', `gatehouse:{${userId}}:user`];
  return (
    execFileSync('redis-cli', ['-u', redisUrl, ...question])
      .toString()
      .trim() !== '0'
  );
}

describe.each(backends)('A backup ($name)', ({ section, variables }) => {
  it('is made while the service runs, and what is restored revives no one’s log-in and no key', async () => {
    const own: Variables = { PORT: String(await freePort()), ...(await variables()) };
    const guide = new Guide('docs/guides/backup-and-restore.md', {
      section,
      variables: own,
    });
    const server = await Server.start(own, guide.folder, Number(own.PORT));
    const { client } = server;
    const kept = await client.newSession();
    const loggedOut = await client.newSession();
    const [leaked, used] = [await newKey(client, kept.token), await newKey(client, kept.token)];
    for (const { key } of [leaked, used]) expect(await client.accepts(key)).toBe(true);
    await skipIds(own.DATABASE_URL);
    await guide.prepare(`mkdir backup && echo old | tee ${BACKUPS}`);
    await guide.follow(1);

    await logOut(client, loggedOut.token);
    await deleteKey(client, kept.token, leaked.id);
    expect(await gatehouse(server, ['users', 'grant', kept.username, 'admin'])).toMatchObject({
      code: 0,
    });
    const late = await client.newSession();
    expect(knownToRedis(late.id, own.REDIS_URL)).toBe(own.REDIS_URL !== undefined);
    await server.stop();
    await guide.follow();
    expect(knownToRedis(late.id, own.REDIS_URL)).toBe(false);
    for (const { key } of [leaked, used]) expect(await client.accepts(key)).toBe(false);
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
