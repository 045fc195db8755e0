import { Guide } from '../support/guide.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { freePort } from '../support/processes.mjs';
import { newRedisDatabase } from '../support/redis.js';
import { Client } from '../support/client.js';
import { Server } from '../support/server.js';
import { logOut } from '../support/tokens.js';

it('Accounts move from SQLite to PostgreSQL and Redis with their ids and passwords', async () => {
  const port = await freePort();
  const guide = new Guide('docs/guides/sqlite-to-postgresql.md', {
    replacements: {
      'postgres://gatehouse:…@db.example:5432/gatehouse': await newPostgresDatabase(),
      'redis://:…@redis.example:6379': newRedisDatabase(),
      '127.0.0.1:3000': `127.0.0.1:${port}`,
    },
    variables: { PORT: String(port) },
  });
  const old = await Server.start({}, guide.folder, port);
  const miguel = await old.client.newSession({ username: 'miguel', password: 'python' });
  const other = await old.client.newSession();
  const deleted = await old.client.newSession();
  await old.client.delete('/user', { bearer: deleted.token });
  await old.stop();

  await guide.follow();
  const client = new Client(`http://127.0.0.1:${port}`);
  expect(await client.accepts(miguel.token)).toBe(false);
  const token = await client.login(other);
  const { body } = await client.get('/user', { bearer: token });
  expect(body.user).toEqual({ id: other.id, username: other.username });
  expect((await client.register()).id).toBeGreaterThan(deleted.id);
  await logOut(client, token);
  expect(await client.accepts(token)).toBe(false);
});
