import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse } from '../support/cli.js';
import { claimsOf, type Client } from '../support/client.js';
import { startThree } from '../support/instances.js';
import type { Server } from '../support/server.js';
import { renewed } from '../support/tokens.js';

/** What the service says of the roles of a token's user. */
async function rolesOf(client: Client, bearer: string): Promise<unknown[]> {
  const { body } = await client.get('/user', { bearer });
  const { status, headers } = await client.get('/auth/verify', { bearer });
  return [body.user.roles, status, headers.get('x-user-roles')];
}

async function change(server: Server, ...args: string[]): Promise<void> {
  expect(await gatehouse(server, ['users', ...args])).toMatchObject({ code: 0 });
}

describeOnEachDatabase('Roles', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start();
    ({ client } = server);
  });

  it('count at the very next request with a token that lives, given or taken', async () => {
    const { token, username } = await client.newSession();
    expect(await rolesOf(client, token)).toEqual([undefined, 200, '']);
    await change(server, 'grant', username, 'editor', 'admin');
    expect(await rolesOf(client, token)).toEqual([['admin', 'editor'], 200, 'admin,editor']);
    await change(server, 'revoke', username, 'admin');
    expect(await rolesOf(client, token)).toEqual([['editor'], 200, 'editor']);
    await change(server, 'revoke', username, 'editor');
    expect(await rolesOf(client, token)).toEqual([undefined, 200, '']);
  });

  it('are a claim of each token as they were when it was signed, which decides nothing', async () => {
    const { token, username, password } = await client.newSession();
    expect(claimsOf(token)).not.toHaveProperty('roles');
    await change(server, 'grant', username, 'editor');
    const second = await client.login({ username, password });
    const next = await renewed(client, token);
    for (const each of [second, next]) expect(claimsOf(each).roles).toEqual(['editor']);
    await change(server, 'revoke', username, 'editor');
    expect(await rolesOf(client, next)).toEqual([undefined, 200, '']);
    const asked = await client.get('/auth/verify?role=editor', { bearer: next });
    expect(asked.status).toBe(403);
    expect(claimsOf(await renewed(client, next))).not.toHaveProperty('roles');
  });

  it('stay with a new name, and are told in the events', async () => {
    const { token, username } = await client.newSession();
    await change(server, 'grant', username, 'editor');
    const answer = await client.put('/user', {
      bearer: token,
      json: { username: `${username}-new` },
    });
    expect(answer.status).toBe(200);
    expect(await rolesOf(client, token)).toEqual([['editor'], 200, 'editor']);
    const { body } = await client.get('/user/events', { bearer: token });
    expect(body.events).toContainEqual(
      expect.objectContaining({ type: 'roles.changed', outcome: 'success', address: 'cli' }),
    );
  });

  it('are demanded by a question: one of those it names, and below its path none', async () => {
    const { token, username } = await client.newSession();
    await change(server, 'grant', username, 'editor');
    const ask = (query: string) => client.get(`/auth/verify${query}`, { bearer: token });
    for (const query of ['?role=editor', '?role=admin&role=editor', '/?role=admin', '/a?scope=b']) {
      expect([query, (await ask(query)).status]).toEqual([query, 200]);
    }
    const refused = await ask('?role=admin');
    expect([refused.status, refused.body.type]).toEqual([403, '/problems/not-allowed']);
    expect(refused.headers.get('www-authenticate')).toBeNull();
    const unscoped = await ask('?scope=orders:read&scope=refunds');
    expect([unscoped.status, unscoped.body.type]).toEqual([403, '/problems/not-allowed']);
    expect(unscoped.headers.get('www-authenticate')).toMatch(
      /^Bearer realm="gatehouse", error="insufficient_scope", .*scope="orders:read refunds"$/,
    );
    const { headers } = await ask('?role=editor&unknown=1');
    expect([headers.get('x-client-id'), headers.get('x-auth-scope')]).toEqual(['gatehouse', '']);
  });
});

it('A role that was given or taken counts at the very next request on every instance', async () => {
  const [one, other] = await startThree();
  const { token, username } = await one.client.newSession();
  for (let round = 0; round < 2; round += 1) {
    await change(one, 'grant', username, 'editor');
    for (const { client } of [one, other]) {
      expect(await rolesOf(client, token)).toEqual([['editor'], 200, 'editor']);
    }
    await change(other, 'revoke', username, 'editor');
    for (const { client } of [other, one]) {
      expect(await rolesOf(client, token)).toEqual([undefined, 200, '']);
    }
  }
}, 180_000);
