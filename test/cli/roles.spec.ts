import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse, gatehouseJson } from '../support/cli.js';
import { uniqueName } from '../support/client.js';
import { Server } from '../support/server.js';

describeOnEachDatabase('Roles', (start) => {
  let server: Server;

  beforeAll(async () => {
    server = await start();
  });

  it('are granted and revoked, and listed with those who have them', async () => {
    const role = uniqueName('a_role').replace(/[^a-z0-9_]/g, '');
    const [one, other, like] = [
      await server.client.register(),
      await server.client.register(),
      await server.client.register(),
    ];
    await Promise.all([
      gatehouse(server, ['users', 'grant', one.username, 'zeta', role, 'a', 'taken']),
      gatehouse(server, ['users', 'grant', other.username, `${role}x`]),
      gatehouse(server, ['users', 'grant', like.username, role.replace('_', '-')]),
    ]);
    const { id, username } = one;
    const [taken] = await gatehouseJson(server, ['users', 'revoke', username, 'taken', 'other']);
    // By their code units, as everywhere.
    const roles = ['a', role, 'zeta'];
    expect(taken).toEqual({ id, username, roles, changed: ['taken'] });
    const users = await gatehouseJson(server, ['users', 'list', '--role', role]);
    expect(users).toMatchObject([{ username, roles }]);
    expect(users).toHaveLength(1);
  });
});

/** What the command line says and refuses, whatever the backend is. */
describe('Roles on the command line', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start();
  });

  const run = (...args: string[]) => gatehouse(server, args);

  it('are granted and revoked, by name or by id, and what changes nothing says so', async () => {
    const { id, username } = await server.client.register();
    expect(await run('users', 'grant', username.toUpperCase(), 'editor', 'admin')).toEqual({
      ...{ code: 0, stderr: '' },
      stdout: `Granted ${username} (id ${id}) the roles: admin, editor\n`,
    });
    const [again] = await gatehouseJson(server, ['users', 'grant', '--id', String(id), 'admin']);
    expect(again).toEqual({ id, username, roles: ['admin', 'editor'], changed: [] });
    const [taken] = await gatehouseJson(server, ['users', 'revoke', username, 'admin', 'other']);
    expect(taken).toEqual({ id, username, roles: ['editor'], changed: ['admin'] });
    const { stdout } = await run('users', 'revoke', username, 'admin');
    expect(stdout).toBe(`${username} (id ${id}) had none of them before\n`);
  });

  it('have names of their own form, and a user has 32 of them at the most', async () => {
    const { username } = await server.client.register();
    const wrong = ['Admin', '1st', 'a b', '', 'é', 'a'.repeat(65)];
    const refusals = await Promise.all(
      wrong.map((role) => run('users', 'grant', username, 'editor', role)),
    );
    expect(refusals.map(({ code, stderr }) => [code, stderr])).toEqual(
      wrong.map((role) => [2, expect.stringContaining(`Not a role: ${role}`)]),
    );
    const longest = 'a'.repeat(64);
    const many = Array.from({ length: 31 }, (_, index) => `role-${index}`);
    expect((await run('users', 'grant', username, longest, ...many)).code).toBe(0);
    const { code, stderr } = await run('users', 'grant', username, 'one-more');
    expect([code, stderr]).toEqual([1, 'A user has at most 32 roles\n']);
  });

  it('of somebody who is not there are a failure', async () => {
    const { code, stderr } = await run('users', 'grant', 'nobody-here', 'editor');
    expect([code, stderr]).toEqual([1, expect.stringContaining('nobody-here')]);
  });

  it('are shown in the list, which shows those with a role alone if it is asked', async () => {
    const { username } = await server.client.register();
    await run('users', 'grant', username, 'zeta', 'listed', 'alpha');
    const [list, refused] = await Promise.all([
      run('users', 'list', '--role', 'listed'),
      run('users', 'list', '--role', 'No'),
    ]);
    expect(list.stdout).toContain(`  ${username} (alpha, listed, zeta)\n`);
    expect(refused.code).toBe(2);
  });

  it('are exported, and imported with the account', async () => {
    const { username } = await server.client.register();
    await run('users', 'grant', username, 'editor', 'admin');
    const { stdout } = await run('users', 'export');
    const line = stdout.split('\n').find((each) => each.includes(`"${username}"`)) ?? '';
    expect(JSON.parse(line)).toMatchObject({ roles: ['admin', 'editor'] });
    const moved = uniqueName();
    const { password_hash } = JSON.parse(line) as { password_hash: string };
    const account = { username: moved, password_hash, roles: ['reader'] };
    const imported = await gatehouse(server, ['users', 'import', '-'], JSON.stringify(account));
    expect([imported.code, imported.stderr]).toEqual([0, '']);
    expect(await gatehouseJson(server, ['users', 'list', '--role', 'reader'])).toMatchObject([
      { username: moved, roles: ['reader'] },
    ]);
  });
});
