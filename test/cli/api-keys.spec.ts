import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse } from '../support/cli.js';
import type { Client } from '../support/client.js';
import { newKey, newKeyOwner } from '../support/keys.js';
import type { Server } from '../support/server.js';

describeOnEachDatabase('At the command line, the API keys of an account', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start();
    ({ client } = server);
  });

  /** Runs `gatehouse users …`, successfully. */
  async function users(args: string[], input = ''): Promise<void> {
    const { code, stderr } = await gatehouse(server, ['users', ...args], input);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  }

  /** Keys of one account, of which the first was used. */
  async function newKeys() {
    const { account, token, key } = await newKeyOwner(client);
    const { key: unused } = await newKey(client, token);
    expect((await client.get('/user', { bearer: key })).status).toBe(200);
    return { account, keys: [key, unused] };
  }

  async function expectStatus(keys: string[], status: number): Promise<void> {
    for (const bearer of keys) expect((await client.get('/user', { bearer })).status).toBe(status);
  }

  it('are dead while it is disabled, and alive again once it is enabled (S96)', async () => {
    const { account, keys } = await newKeys();
    await users(['disable', account.username]);
    await expectStatus(keys, 401);
    await users(['enable', account.username]);
    await expectStatus(keys, 200);
  });

  it('are deleted with a new password, which its owner is told', async () => {
    const { account, keys } = await newKeys();
    await users(['set-password', account.username], 'battery staple\n');
    await expectStatus(keys, 401);
    const bearer = await client.login({ ...account, password: 'battery staple' });
    expect((await client.get('/user/keys', { bearer })).body).toEqual({ keys: [] });
    const { events } = (await client.get('/user/events', { bearer })).body as {
      events: { type: string; address: string }[];
    };
    const deletions = events.filter(({ type }) => type === 'key.deleted');
    expect(deletions.map(({ address }) => address)).toEqual(['cli', 'cli']);
  });

  it('are deleted with it', async () => {
    const { account, keys } = await newKeys();
    await users(['delete', account.username]);
    await expectStatus(keys, 401);
  });
});
