import { gatehouse, jsonLines } from '../support/cli.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server, temporaryDirectory } from '../support/server.js';

describe('users export', () => {
  it('and users import move everybody from SQLite to PostgreSQL, under their ids', async () => {
    const old = await Server.start();
    const accounts = [];
    for (let i = 0; i < 3; i += 1) accounts.push(await old.client.register());
    const [gone, disabled, last] = [
      await old.client.newSession(),
      await old.client.register({ username: 'émile' }),
      await old.client.newSession(),
    ];
    await gatehouse(old, ['users', 'disable', 'émile']);
    for (const { token } of [gone, last]) await old.client.delete('/user', { bearer: token });
    const { stdout: exported } = await gatehouse(old, ['users', 'export']);
    expect(jsonLines(exported).at(-1)).toEqual({ last_id: last.id });

    const variables = { DATABASE_URL: await newPostgresDatabase(), REDIS_URL: newRedisDatabase() };
    const place = { directory: temporaryDirectory(), variables };
    const { code, stderr } = await gatehouse(place, ['users', 'import', '-'], exported);
    expect([code, stderr]).toEqual([0, '']);
    const again = await gatehouse(place, ['users', 'export']);
    expect(again.stdout).toBe(exported);

    const fresh = await Server.start(variables);
    for (const account of accounts) {
      const bearer = await fresh.client.login(account);
      const { body } = await fresh.client.get('/user', { bearer });
      expect(body.user).toEqual({ id: account.id, username: account.username });
    }
    const json = { username: disabled.username, password: disabled.password };
    expect((await fresh.client.post('/authenticate_user', { json })).status).toBe(401);
    // Also beyond the ids of those that were deleted before.
    expect((await fresh.client.register()).id).toBeGreaterThan(last.id);
  });
});
