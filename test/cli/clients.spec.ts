import { describeOnEachDatabase } from '../support/backends.js';
import { gatehouse, gatehouseJson } from '../support/cli.js';
import { uniqueName } from '../support/client.js';
import { askForToken, type RegisteredClient } from '../support/oauth.js';
import type { Server } from '../support/server.js';

describeOnEachDatabase('Beside a running service', (start) => {
  let server: Server;

  beforeAll(async () => {
    server = await start();
  });

  const run = (...words: string[]) => gatehouse(server, ['clients', ...words]);
  const json = (...words: string[]) =>
    gatehouseJson<RegisteredClient>(server, ['clients', ...words]);

  it('clients create shows a client and its secret, with characters that no encoding changes', async () => {
    const name = uniqueName('Nightly job');
    const [made] = await json('create', name, '--scope', 'a', '--scope', 'b:c', '--scope', 'a');
    expect(made).toEqual({
      client_id: expect.stringMatching(/^gtc_[\w-]{22}$/),
      client_secret: expect.stringMatching(/^gts_[\w-]{43}$/),
      name,
      scopes: ['a', 'b:c'],
      introspect: false,
    });
    expect((await askForToken(server.client, made!)).status).toBe(200);
    const { code, stdout } = await run('create', name);
    expect([code, stdout]).toEqual([1, '']);
  });

  it('clients list shows all of them, and no secret', async () => {
    const [one] = await json('create', uniqueName('b'), '--introspect');
    const [other] = await json('create', uniqueName('a'), '--scope', 'x');
    await run('disable', other!.client_id);
    const listed = await json('list');
    const created_at = expect.stringMatching(/^\d{4}-.*Z$/) as string;
    for (const [made, disabled, scopes, introspect] of [
      [one!, false, [], true],
      [other!, true, ['x'], false],
    ] as const) {
      const { client_id, name } = made;
      const shown = { client_id, name, scopes, introspect, disabled, created_at };
      expect(listed).toContainEqual(shown);
    }
    const names = listed.map(({ name }) => name);
    expect(names).toEqual(names.toSorted());
    const { stdout } = await run('list');
    for (const { client_secret } of [one!, other!]) expect(stdout).not.toContain(client_secret);
  });

  it('clients are named by their name or their id, and each command says what it changed', async () => {
    const [made] = await json('create', uniqueName('client'));
    const { client_id, name } = made!;
    expect(await json('disable', name)).toEqual([
      { client_id, name, disabled: true, changed: true },
    ]);
    expect(await json('disable', client_id)).toMatchObject([{ changed: false }]);
    expect(await json('enable', name)).toMatchObject([{ disabled: false, changed: true }]);
    expect(await json('enable', name)).toMatchObject([{ disabled: false, changed: false }]);
    const [rotated] = await json('rotate-secret', client_id);
    expect(rotated).toMatchObject({ client_id, name, overlap: 86_400 });
    expect(rotated!.client_secret).not.toBe(made!.client_secret);
    expect(await json('delete', client_id)).toEqual([{ client_id, name, deleted: true }]);
    expect((await run('delete', client_id)).code).toBe(1);
    expect((await json('list')).map((client) => client.name)).not.toContain(name);
  });

  it('people see the secret in lines of its own', async () => {
    const name = uniqueName('client');
    const { stdout } = await run('create', name);
    expect(stdout).toMatch(
      new RegExp(
        `^Created ${name}\nclient_id {6}gtc_[\\w-]+\nclient_secret  gts_[\\w-]+\nThe secret is not shown again.\n$`,
      ),
    );
  });

  it.each([
    [['create', 'two  spaces'], 1, /name must be/],
    [['create', 'x', '--scope', 'a b'], 1, /scopes must be/],
    [['rotate-secret', 'nobody', '--overlap', '1e3'], 2, /--overlap must be/],
    [['disable', 'nobody'], 1, /There is no client/],
  ])('clients %j is refused with a reason', async (words, exitCode, reason) => {
    const { code, stdout, stderr } = await run(...words);
    expect([code, stdout, stderr]).toEqual([exitCode, '', expect.stringMatching(reason)]);
  });
});
