import { once } from 'node:events';
import { METHODS, request, type IncomingMessage } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { describeOnEachBackend } from '../support/backends.js';
import { claimsOf, uniqueName, type Answer, type Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { clientToken, introspect, registerClient, registerVerifier } from '../support/oauth.js';
import { exchange } from '../support/raw-http.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { atOnce, logOut, pastHalfLife, renewed, untilSecond } from '../support/tokens.js';

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

  it('hears how the session was proved, as the token and introspection say it, and renewals keep it', async () => {
    const verifier = await registerVerifier(server);
    const { token: first, username, password } = await client.newSession();
    const basic = await client.get('/api/token', { basic: `${username}:${password}` });
    for (const token of [first, await renewed(client, first), basic.body.token as string]) {
      expect((await verify(client, token)).headers.get('x-auth-methods')).toBe('pwd');
      expect(claimsOf(token).amr).toEqual(['pwd']);
      expect((await introspect(client, verifier, token)).body.amr).toEqual(['pwd']);
    }
  });

  it('hears of no proof for a key and a client, in the same header', async () => {
    const { token } = await client.newSession();
    const made = await client.post('/user/keys', { bearer: token, json: { name: 'backup' } });
    const machine = await registerClient(server, ['--scope', 'read']);
    const ofKey = await verify(client, made.body.key as string);
    const bearer = await clientToken(client, machine);
    expect(claimsOf(bearer)).not.toHaveProperty('amr');
    const ofClient = await client.get('/auth/verify?clients=true', { bearer });
    for (const { status, headers } of [ofKey, ofClient]) {
      expect([status, headers.get('x-auth-methods')]).toEqual([200, '']);
    }
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

/** As proxies ask that do not change what they were asked: Envoy appends the path, Traefik may keep the method. */
describe('A question in the words of the guarded request', () => {
  const PATHS = [
    '/auth/verify',
    '/auth/verify?any=thing&a=%ff',
    '/auth/verify/',
    '/auth/verify/orders/17?token=x&a=b',
    '/auth/verify/%ff/%2e%2e//../../health/live',
    '/auth/verify//',
    `/auth/verify/${'a'.repeat(300)}`,
    '/auth/verify*',
    'http://guarded.example/auth/verify/orders/17',
  ];
  // CONNECT asks for a tunnel, and not about a path.
  const methods = METHODS.filter((method) => method !== 'CONNECT');
  let server: Server;

  beforeAll(async () => {
    server = await Server.start({ CORS_ORIGINS: 'https://app.example.com' });
  });

  /** Sends it as it is, which `fetch` would not; what is answered. */
  async function ask(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Buffer | 'endless',
  ): Promise<IncomingMessage & { text: string }> {
    const sent = request({ port: server.port, host: '127.0.0.1', path, method, headers });
    const answered = once(sent, 'response') as Promise<[IncomingMessage]>;
    if (body === 'endless') sent.write(Buffer.alloc(64 * 1024));
    else sent.end(body);
    const [answer] = await answered;
    return Object.assign(answer, { text: await textOf(answer) });
  }

  it.each(PATHS)('is the same one with every method: %s', async (path) => {
    const { id, token } = await server.client.newSession();
    const preflight = {
      origin: 'https://app.example.com',
      'access-control-request-method': 'PUT',
      'access-control-request-headers': 'authorization',
    };
    for (const method of methods) {
      const known = await ask(method, path, { authorization: `Bearer ${token}`, ...preflight });
      const { 'x-user-id': user } = known.headers;
      expect([method, known.statusCode, user]).toEqual([method, 200, String(id)]);
      expect(known.text).toBe(method === 'HEAD' ? '' : '{"message":"Token is valid"}');
      const unknown = await ask(method, path, preflight);
      const { 'www-authenticate': challenge } = unknown.headers;
      expect([method, unknown.statusCode, challenge]).toEqual([
        ...[method, 401, 'Bearer realm="gatehouse"'],
      ]);
    }
  });

  it.each([
    ['of any type', { 'content-type': 'multipart/form-data; boundary=x' }, Buffer.from('x')],
    ['of no type', { 'content-type': 'nonsense' }, Buffer.from('x')],
    ['broken', { 'content-type': 'application/json' }, Buffer.from('{')],
    ['large', { 'content-type': 'application/json' }, Buffer.alloc(4 * 1024 * 1024)],
    ['large, in chunks', { 'transfer-encoding': 'chunked' }, Buffer.alloc(4 * 1024 * 1024)],
    ['compressed', { 'content-encoding': 'gzip' }, Buffer.from('x')],
    ['expected', { expect: '100-continue' }, Buffer.from('x')],
  ])('is answered whatever body comes with it: %s', async (_, headers, body) => {
    const { token } = await server.client.newSession();
    const all = { authorization: `Bearer ${token}`, ...headers };
    for (const path of ['/auth/verify', '/auth/verify/upload']) {
      expect((await ask('POST', path, all, body)).statusCode).toBe(200);
      expect((await ask('POST', path, headers, body)).statusCode).toBe(401);
    }
  });

  it('is answered before its body has come, and is not waited for', async () => {
    const { token } = await server.client.newSession();
    const before = server.residentMb;
    const endless = [{ 'content-length': '99999999999' }, { 'transfer-encoding': 'chunked' }];
    const answers = await Promise.all(
      endless.map((headers) =>
        ask('PUT', '/auth/verify/a', { authorization: `Bearer ${token}`, ...headers }, 'endless'),
      ),
    );
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    // The connection is cut 5 s after the request began, as any that drips.
    await eventually(() => {
      expect(answers.map(({ socket }) => socket.destroyed)).toEqual([true, true]);
    }, 15_000);
    expect(server.residentMb - before).toBeLessThan(64);
  });

  it('leaves the connection to the next one, body and all', async () => {
    const { token } = await server.client.newSession();
    const head = `Host: a\r\nAuthorization: Bearer ${token}`;
    const answer = await exchange(
      server.port,
      `POST /auth/verify/a HTTP/1.1\r\n${head}\r\nContent-Length: 29\r\n\r\nGET /health/live HTTP/1.1\r\n\r\n` +
        `DELETE /auth/verify/b HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(answer.match(/Token is valid/g)).toHaveLength(2);
  });

  it.each(['websocket', 'h2c'])('is no change to %s', async (upgrade) => {
    const { token } = await server.client.newSession();
    const headers = { connection: 'Upgrade', upgrade, 'sec-websocket-version': '13' };
    const answer = await ask('GET', '/auth/verify', {
      ...headers,
      authorization: `Bearer ${token}`,
    });
    expect(answer.statusCode).toBe(200);
    expect((await ask('GET', '/auth/verify/ws', headers)).statusCode).toBe(401);
  });

  it('is none beside its path', async () => {
    for (const path of ['/auth/verifyx', '/auth/verify-', '/auth', '/auth/']) {
      expect((await ask('GET', path, {})).statusCode).toBe(404);
    }
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
