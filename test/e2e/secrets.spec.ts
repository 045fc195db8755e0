import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { uniqueName, type Answer, type Client, type RequestOptions } from '../support/client.js';
import { privatePostgres, privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { SqliteFile } from '../support/sqlite-file.js';
import { forge, GUARDED_ROUTES, present } from '../support/tokens.js';

type Row = Record<string, unknown>;
type Query = (sql: string) => Promise<Row[]>;

/** Everything that no log line and no row may show. */
class Secrets {
  readonly all = new Set<string>();

  /** A new one, in the alphabet of passwords, keys and tokens. */
  make(kind: string): string {
    return this.keep(`canary-${kind}-${randomBytes(12).toString('hex')}`);
  }

  keep(secret: string): string {
    this.all.add(secret);
    return secret;
  }

  /** The token of an answer, in its body or header. */
  keepToken({ body, headers }: Answer): string | undefined {
    const token = (body?.token ?? headers.get('x-next-token')) as string | undefined;
    if (token) this.keepParts(token);
    return token;
  }

  keepParts(token: string): void {
    this.keep(token);
    // The claims are no secret, the signature is.
    this.keep(token.split('.')[2] ?? token);
  }

  /** Those that a text shows, as they are or in base64. */
  in(text: string): string[] {
    return [...this.all].filter((secret) =>
      [secret, ...base64Forms(secret)].some((form) => text.includes(form)),
    );
  }
}

/** What remains of a text in base64, wherever in the encoded text it begins. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((offset) => {
    const whole = Buffer.from('x'.repeat(offset) + secret).toString('base64');
    const inner = whole.slice(4, -4);
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Uses every route, rightly, wrongly and with what is none, each time with secrets of its own. */
async function useEverything(client: Client, secrets: Secrets): Promise<void> {
  const ask = async (method: string, path: string, options?: RequestOptions) => {
    const answer = await client.request(method, path, options);
    secrets.keepToken(answer);
    return answer;
  };
  const password = secrets.make('password');
  const username = uniqueName();
  const credentials = { username, password };
  const basic = (name: string, secret: string) => {
    secrets.keep(Buffer.from(`${name}:${secret}`).toString('base64'));
    return `${name}:${secret}`;
  };

  await ask('POST', '/user', { json: credentials });
  await ask('POST', '/api/users', { json: credentials });
  await ask('POST', '/api/users', { json: { ...credentials, username: uniqueName() } });
  const { body } = await ask('POST', '/authenticate_user', { json: credentials });
  const token = String(body.token);
  expect(token).toMatch(/^eyJ/);

  const wrongLogins = [
    { username, password: secrets.make('wrong-password') },
    { username: secrets.make('typed-in-the-wrong-field'), password: '' },
    { username, pasword: secrets.make('misspelt') },
    { username: 'x', password: [secrets.make('list')] },
    { username: `${username}\n{"level":"info"}`, password: secrets.make('of-a-line-break') },
  ];
  for (const json of wrongLogins) {
    await ask('POST', '/authenticate_user', { json });
    await ask('POST', '/user', { json });
  }
  const json = { 'content-type': 'application/json' };
  await ask('POST', '/authenticate_user', {
    headers: json,
    body: `{"password":"${secrets.make('no-json')}`,
  });
  await ask('POST', '/user', { body: secrets.make('plain-text') });
  await ask('POST', '/user', { headers: json, body: secrets.make('large').repeat(1_000) });

  for (const secret of [password, secrets.make('wrong-basic')]) {
    await ask('GET', '/api/resource', { basic: basic(username, secret) });
    await ask('GET', '/api/token', { basic: basic(username, secret) });
  }
  await ask('GET', '/api/token', { basic: basic(token, secrets.make('ignored')) });

  // Each part of a token that is none may be broken in its own way.
  const jsonOf = (text: string) => Buffer.from(text).toString('base64url');
  const foreign = forge(token, { key: secrets.make('foreign-key') });
  secrets.keepParts(foreign);
  const noTokens = [
    foreign,
    secrets.make('no-token'),
    `${jsonOf('{"alg":"HS256","typ":"at+jwt"}')}.${jsonOf(secrets.make('claims'))}.x`,
    `${jsonOf(secrets.make('header'))}.e30.x`,
    `eyJhbGciOiJub25lIn0.${jsonOf(`{"sub":"${secrets.make('unsigned')}"}`)}.`,
  ];
  for (const noToken of noTokens) {
    for (const route of GUARDED_ROUTES) secrets.keepToken(await present(client, route, noToken));
  }
  for (const [name, value] of [
    ['authorization', secrets.make('no-scheme')],
    ['authorization', `Digest response="${secrets.make('digest')}"`],
    ['authorization', `Basic ${secrets.make('no-base64')}`],
    ['authorization', `Bearer ${secrets.make('two')} ${secrets.make('words')}`],
    ['proxy-authorization', `Bearer ${secrets.make('proxy')}`],
    ['cookie', `token=${secrets.make('cookie')}`],
    ['x-api-key', secrets.make('api-key')],
    ['x-forwarded-for', secrets.make('forwarded')],
    ['x-request-id', `{${secrets.make('request-id')}}`],
    ['traceparent', `00-${secrets.make('trace')}`],
    ['referer', `https://example.com/?token=${secrets.make('referer')}`],
  ] as const) {
    for (const path of ['/user', '/api/resource', '/nowhere']) {
      await ask('GET', path, { headers: { [name]: value } });
    }
  }
  for (const path of ['/user?token=', '/user/events?cursor=', '/api/users/', '/user/sessions/']) {
    await ask('GET', path + secrets.make('path'), { bearer: token });
  }
  await ask('DELETE', `/user/sessions/${secrets.make('path')}`, { bearer: token });
  const other = secrets.make('other-token');
  await ask('POST', '/validate_token', { bearer: token, json: { token: other } });

  const change = { password: secrets.make('new-password'), current_password: password };
  const wrong = { ...change, current_password: secrets.make('wrong-current') };
  await ask('PUT', '/user', { bearer: token, json: wrong });
  const changed = await ask('PUT', '/user', { bearer: token, json: change });
  expect(changed.status).toBe(200);
  let newest = String(changed.body.token);
  await ask('GET', '/user', { bearer: newest });
  await ask('POST', '/validate_token', { json: { token: newest } });
  newest = String((await ask('POST', '/renew_token', { json: { token: newest } })).body.token);
  await ask('GET', '/user/sessions', { bearer: newest });
  await ask('GET', '/user/events', { bearer: newest });
  await ask('POST', '/logout', { bearer: newest });
  await ask('POST', '/renew_token', { bearer: newest });

  for (const path of ['/user/sessions', '/user?token=']) {
    const login = await ask('POST', '/authenticate_user', { json: { ...change, username } });
    expect(login.status).toBe(400);
    const again = { username, password: change.password };
    const { body } = await ask('POST', '/authenticate_user', { json: again });
    const gone = await ask('DELETE', path, { bearer: String(body.token) });
    expect(gone.status).toBe(200);
  }
}

/** Sends what `fetch` would not; resolves when the connection is closed. */
async function sendRaw({ port }: Server, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.resume().on('error', () => undefined);
  socket.write(Buffer.from(text, 'latin1'));
  await once(socket, 'close');
}

/** Lines as every reader finds them, also one that breaks them where JSON does not. */
const LINE_BREAKS = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;

async function expectNothingShown(server: Server, secrets: Secrets, query: Query, tables: string) {
  const names = (await query(tables)).map(({ name }) => String(name));
  expect(names).toEqual(expect.arrayContaining(['users', 'sessions', 'security_events']));
  const rows: Record<string, Row[]> = {};
  for (const name of names) rows[name] = await query(`SELECT * FROM ${name}`);
  for (const user of rows.users ?? []) {
    secrets.keep(String(user.password_hash));
    delete user.password_hash;
  }
  expect(secrets.all.size).toBeGreaterThan(60);
  expect(secrets.in(JSON.stringify(rows))).toEqual([]);

  expect(await server.stop()).toBe(0);
  expect(secrets.in(server.output)).toEqual([]);
  expect(server.stdout.trimEnd().split(LINE_BREAKS)).toHaveLength(server.lines.length);
  expect(server.lines.length).toBeGreaterThan(100);
  expect(server.lines.filter(({ forged }) => forged)).toEqual([]);
}

describe('No secret is in the log at its most talkative, nor in the database,', () => {
  it('if everything is in one SQLite file (S77)', async () => {
    const secrets = new Secrets();
    const variables = { LOG_LEVEL: 'trace', JWT_KEY: secrets.make('key') };
    const server = await Server.start(variables);
    await useEverything(server.client, secrets);
    const { length } = server.lines;
    const line = '{"level":"info","forged":true}';
    const request = (userAgent: string, secret: string) =>
      `GET /user HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: ${userAgent}\r\n` +
      `Authorization: Bearer ${secrets.make(secret)}\r\n\r\n`;
    for (const character of ['\x85', '\x9b2J', '\t', '"\\', '\n', '\r', '\0', '\r\n ']) {
      await sendRaw(server, request(`x${character}${line}`, 'beside-an-injection'));
    }
    await sendRaw(server, request('x', 'two-hosts').replace('Host', 'Host: y\r\nHost'));
    expect(server.lines.length).toBeGreaterThan(length);

    const file = await SqliteFile.open(join(server.directory, 'data/gatehouse.sqlite'));
    const tables = "SELECT name FROM sqlite_master WHERE type = 'table'";
    await expectNothingShown(server, secrets, (sql) => file.query<Row>(sql), tables);
    await file.close();
  }, 120_000);

  it('if Redis and PostgreSQL fail on the way (S77)', async () => {
    const secrets = new Secrets();
    const [redis, postgres] = await Promise.all([privateRedis(), privatePostgres()]);
    const redisPassword = secrets.make('redis');
    await redis.cli('CONFIG', 'SET', 'requirepass', redisPassword);
    const databaseUrl = new URL(postgres.url);
    databaseUrl.password = secrets.make('postgres');
    const server = await Server.start({
      LOG_LEVEL: 'trace',
      JWT_KEY: secrets.make('key'),
      DATABASE_URL: databaseUrl.href,
      REDIS_URL: `redis://:${redisPassword}@127.0.0.1:${redis.port}`,
    });
    const { client } = server;
    await useEverything(client, secrets);
    const account = await client.newSession({ password: secrets.make('password') });
    const { username, password, token } = account;
    secrets.keepParts(token);

    const cli = (...words: string[]) =>
      redis.cli('-a', redisPassword, '--no-auth-warning', ...words);
    const dump =
      "local all = {} for _, key in ipairs(redis.call('KEYS', '*')) do table.insert(all, key)\
      local text = redis.call('TYPE', key).ok == 'string' and redis.call('GET', key) or\
      table.concat(redis.call('HGETALL', key), ' ') table.insert(all, text) end return all";
    const inRedis = await cli('EVAL', dump, '0');
    expect(inRedis).toContain(`gatehouse:{${account.id}}:sessions`);
    expect(secrets.in(inRedis)).toEqual([]);

    const failing = async () => {
      const json = { username, password };
      const answers = [
        await client.get('/user', { bearer: token }),
        await client.post('/renew_token', { json: { token } }),
        await client.post('/authenticate_user', { json }),
        await client.get('/api/token', { basic: `${username}:${password}` }),
        await client.put('/user', { bearer: token, json: { password: secrets.make('new') } }),
        await client.post('/user', { json: { ...json, username: uniqueName() } }),
      ];
      for (const answer of answers) secrets.keepToken(answer);
      return answers.map(({ status }) => status);
    };
    await redis.kill();
    expect(await failing()).toContain(503);
    await redis.start();
    const another = secrets.make('another');
    await redis.cli('CONFIG', 'SET', 'requirepass', another);
    await redis.cli('-a', another, '--no-auth-warning', 'CLIENT', 'KILL', 'TYPE', 'normal');
    expect(await failing()).toContain(503);
    await postgres.stopAtOnce();
    expect(await failing()).toContain(503);
    await postgres.start();

    const database = new pg.Client({ connectionString: postgres.url });
    await database.connect();
    const query: Query = async (sql) => (await database.query<Row>(sql)).rows;
    const tables = "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'";
    await expectNothingShown(server, secrets, query, tables);
    await database.end();
  }, 120_000);
});
