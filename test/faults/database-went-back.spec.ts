import { gatehouse } from '../support/cli.js';
import type { Client } from '../support/client.js';
import { newKeyOwner } from '../support/keys.js';
import { connectToPostgres, newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server } from '../support/server.js';

describe('After a database lost its last commits, while Redis went on,', () => {
  let databaseUrl: string;
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    databaseUrl = await newPostgresDatabase();
    server = await Server.start({ DATABASE_URL: databaseUrl, REDIS_URL: newRedisDatabase() });
    ({ client } = server);
  });

  /** A command that has to succeed. */
  async function run(...args: string[]): Promise<void> {
    expect(await gatehouse(server, args)).toMatchObject({ code: 0, stderr: '' });
  }

  /** Loses what becomes of a row meanwhile, as a standby that takes over has never received it. */
  async function lose(userId: number, changes: () => Promise<void>): Promise<void> {
    const postgres = await connectToPostgres(databaseUrl);
    const { rows } = await postgres.query<Record<string, unknown>>(
      'SELECT username, roles, disabled_at_ms, facts_version FROM users WHERE id = $1',
      [userId],
    );
    await changes();
    await postgres.query(
      `UPDATE users SET username = $1, roles = $2, disabled_at_ms = $3, facts_version = $4,
         untold_since_ms = NULL
       WHERE id = $5`,
      [
        ...['username', 'roles', 'disabled_at_ms', 'facts_version'].map((name) => rows[0]?.[name]),
        userId,
      ],
    );
  }

  async function userOf(bearer: string): Promise<unknown> {
    const { body } = await client.get('/user', { bearer });
    return body.user;
  }

  it('roles are given and taken, a name is changed and an account disabled as ever', async () => {
    const { account, token, key } = await newKeyOwner(client);
    const { id, username } = account;
    await lose(id, async () => {
      await run('users', 'grant', username, 'admin', 'editor');
      await run('users', 'revoke', username, 'editor');
    });
    await run('users', 'grant', username, 'reader');
    expect(await userOf(token)).toEqual({ id, username, roles: ['reader'] });
    await lose(id, () => run('users', 'grant', username, 'admin'));
    await run('users', 'revoke', username, 'reader');
    expect(await userOf(token)).toEqual({ id, username });

    const renamed = `${username}-2`;
    await lose(id, () => run('users', 'grant', username, 'admin'));
    const { status } = await client.put('/user', { bearer: token, json: { username: renamed } });
    expect(status).toBe(200);
    expect(await userOf(token)).toEqual({ id, username: renamed });

    await lose(id, () => run('users', 'grant', renamed, 'admin'));
    await run('users', 'disable', renamed);
    expect((await client.get('/user', { bearer: key })).status).toBe(401);
  });

  it('what the account has counts from the next log-in on', async () => {
    const { account, token, key } = await newKeyOwner(client);
    const { id, username } = account;
    await lose(id, () => run('users', 'grant', username, 'admin'));
    expect(await userOf(await client.login(account))).toEqual({ id, username });
    expect(await userOf(token)).toEqual({ id, username });
    await lose(id, () => run('users', 'disable', username));
    expect((await client.get('/user', { bearer: key })).status).toBe(401);
    await client.login(account);
    expect((await client.get('/user', { bearer: key })).status).toBe(200);
  });
});
