import { describeOnEachBackend } from '../support/backends.js';
import { newVerifierName, poll, Poller } from '../support/changes.js';
import { gatehouse } from '../support/cli.js';
import { claimsOf, uniqueName, type Account } from '../support/client.js';
import { deleteKey, newKey } from '../support/keys.js';
import {
  basicOf,
  clientToken,
  introspect,
  registerClient,
  registerVerifier,
  revoke,
  type RegisteredClient,
} from '../support/oauth.js';
import type { Server } from '../support/server.js';
import { logOut, renewed } from '../support/tokens.js';

const LEASE_MS = 1_000;

/** What a quick answer stays below on a busy machine, and a wait for a lease does not. */
const QUICK_MS = 700;

const sidOf = (token: string) => String(claimsOf(token).sid);

async function tookMs(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

describeOnEachBackend('Changes, for verifiers', (start) => {
  let server: Server;
  let verifier: RegisteredClient;
  let poller: Poller;

  beforeAll(async () => {
    server = await start({ MAX_SESSIONS: '3', TOKEN_REUSE_INTERVAL: '0' });
    verifier = await registerVerifier(server);
    poller = await new Poller(server.client, verifier).start();
  });

  afterAll(() => poller.stop());

  const command = async (...words: string[]) =>
    expect(await gatehouse(server, words)).toMatchObject({ code: 0, stderr: '' });

  interface Person extends Account {
    token: string;
  }

  /** Everything that changes what introspection says of a token, and must be told before it is answered. */
  const changes: [what: string, change: (person: Person) => Promise<unknown>][] = [
    ['a log-out', ({ token }) => logOut(server.client, token)],
    [
      'the end of the session in the list',
      async (person) => {
        const other = await server.client.login(person);
        const path = `/user/sessions/${sidOf(person.token)}`;
        expect((await server.client.delete(path, { bearer: other })).status).toBe(200);
      },
    ],
    [
      'the end of all sessions',
      ({ token }) => server.client.delete('/user/sessions', { bearer: token }),
    ],
    [
      'a session too many',
      async (person) => {
        for (let i = 0; i < 3; i += 1) await server.client.login(person);
      },
    ],
    [
      'a change of the password in another session',
      async (person) => {
        const bearer = await server.client.login(person);
        const json = { password: 'another horse', current_password: person.password };
        expect((await server.client.put('/user', { bearer, json })).status).toBe(200);
      },
    ],
    [
      'a change of the password in this session',
      async ({ token, password }) => {
        const json = { password: 'another horse', current_password: password };
        expect((await server.client.put('/user', { bearer: token, json })).status).toBe(200);
      },
    ],
    ['a renewal whose old token dies at once', ({ token }) => renewed(server.client, token)],
    [
      'another name',
      async ({ token }) => {
        const json = { username: uniqueName() };
        expect((await server.client.put('/user', { bearer: token, json })).status).toBe(200);
      },
    ],
    [
      'the deletion of the account',
      ({ token }) => server.client.delete('/user', { bearer: token }),
    ],
    ['a role that is given', ({ username }) => command('users', 'grant', username, 'admin')],
    ['the disabling of the account', ({ username }) => command('users', 'disable', username)],
    [
      'the end of its sessions by an operator',
      ({ username }) => command('sessions', 'end', '--user', username),
    ],
  ];

  it.each(changes)('tell of %s before it is answered (S97)', async (_, change) => {
    const person = await server.client.newSession();
    const { body } = await introspect(server.client, verifier, person.token);
    expect(body).toMatchObject({ active: true, sid: sidOf(person.token) });
    await change(person);
    expect(poller.heard).toContain(sidOf(person.token));
  });

  it('tell of a key that is deleted, and of the keys of an account that changes', async () => {
    const { token, username } = await server.client.newSession();
    const keys = [await newKey(server.client, token), await newKey(server.client, token)];
    for (const { id, key } of keys) {
      const { body } = await introspect(server.client, verifier, key);
      expect(body).toMatchObject({ active: true, sid: id });
    }
    await deleteKey(server.client, token, keys[0]!.id);
    expect(poller.heard).toContain(keys[0]!.id);
    expect(poller.heard).not.toContain(keys[1]!.id);
    await command('users', 'disable', username);
    expect(poller.heard).toContain(keys[1]!.id);
  });

  it("tell of a client's token that is revoked, and of a client that is disabled or deleted", async () => {
    const [revoked, disabled, deleted] = [
      await registerClient(server),
      await registerClient(server),
      await registerClient(server),
    ];
    const token = await clientToken(server.client, revoked);
    const { body } = await introspect(server.client, verifier, token);
    expect(body).toMatchObject({ active: true, sid: revoked.client_id });
    await revoke(server.client, revoked, token);
    await command('clients', 'disable', disabled.name);
    await command('clients', 'delete', deleted.name);
    for (const { client_id: sid } of [revoked, disabled, deleted]) {
      expect(poller.heard).toContain(sid);
    }
  });

  it('tell of a theft', async () => {
    const { token } = await server.client.newSession();
    await renewed(server.client, await renewed(server.client, token));
    expect((await server.client.post('/renew_token', { bearer: token })).status).toBe(401);
    await poller.once();
    expect(poller.heard.filter((sid) => sid === sidOf(token)).length).toBeGreaterThan(2);
  });

  it('make nobody wait who may poll, but for those who have stopped', async () => {
    const { token } = await server.client.newSession();
    expect(await tookMs(() => logOut(server.client, token))).toBeLessThan(QUICK_MS);
    const stopped = await new Poller(server.client, verifier).start();
    await stopped.stop();
    const { token: next } = await server.client.newSession();
    const waitedMs = await tookMs(() => logOut(server.client, next));
    // Since its last poll was sent, some of the lease is over.
    expect(waitedMs).toBeGreaterThan(LEASE_MS / 2);
    expect(waitedMs).toBeLessThan(3 * LEASE_MS);
  });

  it('wait for no verifier that gave its lease back', async () => {
    const gone = await new Poller(server.client, verifier).start();
    await gone.close();
    const { token } = await server.client.newSession();
    expect(await tookMs(() => logOut(server.client, token))).toBeLessThan(QUICK_MS);
  });

  it('finish telling for a log-out that is repeated, before it is refused', async () => {
    const { token } = await server.client.newSession();
    await logOut(server.client, token);
    poller.heard.length = 0;
    expect((await server.client.post('/logout', { bearer: token })).status).toBe(401);
    expect(poller.heard).toContain(sidOf(token));
    poller.heard.length = 0;
    expect((await server.client.delete('/user', { bearer: token })).status).toBe(401);
    expect(poller.heard).toContain(sidOf(token));
  });

  describe('are refused', () => {
    const statusOf = async (query: Record<string, string>, registered = verifier) => {
      const { status, body } = await poll(server.client, registered, query);
      return [status, (body as { error?: string }).error];
    };

    it.each<[string, Record<string, string>]>([
      ['no name', {}],
      ['a short name', { verifier: 'x'.repeat(21) }],
      ['a long name', { verifier: 'x'.repeat(65) }],
      ['a name of other characters', { verifier: `${'x'.repeat(22)}/` }],
      ['a cursor of other characters', { verifier: newVerifierName(), after: 'a b' }],
      ['a wait that is no number', { verifier: newVerifierName(), wait: '1e3' }],
      ['a wait below zero', { verifier: newVerifierName(), wait: '-1' }],
    ])('with %s', async (_, query) => {
      expect(await statusOf(query)).toEqual([400, 'invalid_request']);
    });

    it('with a parameter twice', async () => {
      const name = newVerifierName();
      const path = `/oauth/changes?verifier=${name}&verifier=${name}`;
      const { status } = await server.client.get(path, { basic: basicOf(verifier) });
      expect(status).toBe(400);
    });

    it('to others than clients that may introspect', async () => {
      const query = { verifier: newVerifierName() };
      const plain = await registerClient(server);
      expect(await statusOf(query, plain)).toEqual([403, 'insufficient_scope']);
      const wrong = { ...verifier, client_secret: 'gts_wrong' };
      expect(await statusOf(query, wrong)).toEqual([401, 'invalid_client']);
      const { status } = await server.client.get(`/oauth/changes?verifier=${query.verifier}`);
      expect(status).toBe(401);
    });
  });

  it('begin with a reset, and with one after a cursor of another life', async () => {
    const verifierName = newVerifierName();
    const first = await poll(server.client, verifier, { verifier: verifierName });
    expect(first.body).toMatchObject({ reset: true, next: expect.stringMatching(/^[\w.-]+$/) });
    const next = await poll(server.client, verifier, {
      verifier: verifierName,
      after: String(first.body.next),
    });
    // What a job still tells of changes before is none of these words.
    expect(next.body).toMatchObject({ changed: expect.any(Array) });
    expect(next.body).not.toHaveProperty('reset');
    const strange = await poll(server.client, verifier, { verifier: verifierName, after: 'x.1' });
    expect(strange.body).toMatchObject({ reset: true });
  });
});
