import { describeOnEachBackend } from '../support/backends.js';
import { uniqueName, type Answer, type Client } from '../support/client.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { atOnce, logOut, pastHalfLife, untilSecond } from '../support/tokens.js';

const QUESTIONS = 25;

const verify = (client: Client, bearer: string) => client.get('/auth/verify', { bearer });

const userIn = ({ headers }: Answer) => ({
  id: Number(headers.get('x-user-id')),
  username: decodeURIComponent(headers.get('x-user-name') ?? ''),
});

describeOnEachBackend('Who asks for a proxy whose token it is', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start();
    ({ client } = server);
  });

  it('hears the id and the name in headers, and no cache keeps them', async () => {
    const { id, username, token } = await client.newSession();
    const answer = await verify(client, token);
    expect([answer.status, answer.body]).toEqual([200, { message: 'Token is valid' }]);
    expect(answer.headers.get('x-user-id')).toBe(String(id));
    expect(answer.headers.get('x-user-name')).toBe(username);
    expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it.each(['bücherwurm', '見本見本', '\u{20000}\u{20001}', '100%25'])(
    'hears any name, so that it can be read back: %s',
    async (name) => {
      const { id, username, token } = await client.newSession({ username: uniqueName(name) });
      const answer = await verify(client, token);
      expect(answer.headers.get('x-user-name')).toMatch(/^[!-~]+$/);
      expect(userIn(answer)).toEqual({ id, username });
    },
  );

  it('hears no letter of ASCII written otherwise, the percent sign alone', async () => {
    const printable = '!"#$%&\'()*+,-./0123456789;<=>?@[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~';
    const { token } = await client.newSession({ username: printable });
    const { headers } = await verify(client, token);
    expect(headers.get('x-user-name')).toBe(printable.replace('%', '%25'));
  });

  it('hears the new name as soon as it has changed', async () => {
    const { id, token } = await client.newSession();
    const username = uniqueName();
    await client.put('/user', { bearer: token, json: { username } });
    expect(userIn(await verify(client, token))).toEqual({ id, username });
  });

  it('is refused without a live Bearer token, with a challenge', async () => {
    const { username, password, token } = await client.newSession();
    await logOut(client, token);
    const dead = await verify(client, token);
    expect([dead.status, dead.body.detail]).toEqual([401, 'Invalid or expired token']);
    expect(dead.headers.get('www-authenticate')).toContain('error="invalid_token"');
    for (const credentials of [{}, { basic: `${username}:${password}` }]) {
      const { status, headers } = await client.get('/auth/verify', credentials);
      expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="gatehouse"']);
      expect(headers.get('x-user-id')).toBeNull();
    }
  });

  it('may ask by HEAD', async () => {
    const { id, username, token } = await client.newSession();
    const answer = await client.request('HEAD', '/auth/verify', { bearer: token });
    expect([answer.status, answer.text, userIn(answer)]).toEqual([200, '', { id, username }]);
  });
});

describeOnEachBackend('Asking for a proxy', (start) => {
  it('does not renew, however little life is left', async () => {
    const { client } = await start({ TOKEN_TTL: '8' });
    const { token } = await client.newSession();
    const sessions = async () => (await client.get('/user/sessions', { bearer: token })).text;
    const before = await sessions();
    await untilSecond(pastHalfLife(token));
    const { status, text, headers } = await verify(client, token);
    expect([status, text]).toEqual([200, '{"message":"Token is valid"}']);
    expect(headers.get('x-next-token')).toBeNull();
    expect(await sessions()).toBe(before);
    // There was something to renew.
    expect((await client.get('/user', { bearer: token })).body.token).not.toBe(token);
  });
});

describe('A question of a proxy', () => {
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await privateRedis();
  });

  /** How often Redis was asked each command, but for those that ask about the server itself. */
  async function commands(): Promise<Map<string, number>> {
    const text = await redis.cli('INFO', 'commandstats');
    const lines = text.matchAll(/^cmdstat_(\S+?):calls=(\d+)/gm);
    const all = [...lines].map(([, name = '', calls]) => [name, Number(calls)] as const);
    return new Map(all.filter(([name]) => !/^(ping|info|time)$/.test(name)));
  }

  it('is one command to Redis', async () => {
    const { client } = await Server.start({ REDIS_URL: redis.url });
    const { token } = await client.newSession();
    await verify(client, token);
    const before = await commands();
    const answers = await atOnce(QUESTIONS, () => verify(client, token));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const after = await commands();
    const grown = [...after].map(([name, calls]) => [name, calls - (before.get(name) ?? 0)]);
    // The service may look at Redis's configuration meanwhile, as it does from time to time.
    const asked = grown.filter(([name, calls]) => calls !== 0 && name !== 'config|get');
    expect(asked).toEqual([['mget', QUESTIONS]]);
  });
});
