import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { NODE_UNDER_TEST } from '../support/node-under-test.js';
import { describeOnEachDatabase } from '../support/backends.js';
import type { Answer, Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import { freePort } from '../support/processes.mjs';
import { Server, temporaryDirectory, type LogLine } from '../support/server.js';

const run = promisify(execFile);

const UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE}-b7ad6b7169203331-01`;

/** The log's lines of one request, once it has some. */
async function linesOf(server: Server, answer: Answer): Promise<LogLine[]> {
  await eventually(() => expect(server.linesOf(answer)).not.toEqual([]), 5_000);
  return server.linesOf(answer);
}

describe('The log', () => {
  it('is one JSON object a line, with its level in a word and its time in UTC', async () => {
    const server = await Server.start({ LOG_LEVEL: 'trace' });
    await server.client.newSession();
    expect(await server.stop()).toBe(0);
    expect(server.lines.length).toBeGreaterThan(10);
    for (const line of server.lines) {
      expect(line).toMatchObject({
        level: expect.stringMatching(/^(debug|info)$/),
        time: expect.stringMatching(UTC),
        context: expect.any(String),
        msg: expect.any(String),
      });
    }
  });

  it('begins with what an operator looks for, and leaves the rest to debugging', async () => {
    const server = await Server.start();
    await eventually(() => expect(server.lines).toHaveLength(4), 5_000);
    expect(server.lines.map(({ msg }) => msg)).toEqual([
      `Listening on ${server.url}`,
      `Data in ${server.directory}/data/gatehouse.sqlite`,
      `Documentation at ${server.url}/docs`,
      `Account page at ${server.url}/account`,
    ]);
  });

  it.each([
    ['warn', ['warn']],
    ['silent', []],
  ])('has from LOG_LEVEL=%s upward %j', async (LOG_LEVEL, levels) => {
    const server = await Server.start({ LOG_LEVEL });
    const account = await server.client.newSession();
    const wrong = { username: account.username, password: 'wrong' };
    await server.client.post('/authenticate_user', { json: wrong });
    expect(await server.stop()).toBe(0);
    expect(server.lines.map(({ level }) => level)).toEqual(levels);
  });

  it('is for people on a terminal', async () => {
    const main = resolve(__dirname, '../../dist/main.js');
    // `script` gives the service a terminal, and writes down what it shows.
    const command = `PORT=${await freePort()} timeout --signal=TERM 15 ${NODE_UNDER_TEST} ${main}`;
    const shown = run('script', ['--quiet', '--command', command, '/dev/null'], {
      cwd: temporaryDirectory(),
      timeout: 20_000,
    });
    const { stdout } = await shown.catch((error: unknown) => error as { stdout: string });
    expect(stdout).toMatch(/^\[\d{4}-[^\]]+Z\] .*INFO.*: .*Listening on http:/m);
  });

  it('has the error behind a 503 under the id of its request', async () => {
    const redis = await privateRedis();
    const server = await Server.start({ REDIS_URL: redis.url });
    const { token } = await server.client.newSession();
    await redis.kill();
    const answer = await server.client.get('/user', { bearer: token });
    expect(answer.status).toBe(503);
    const [line] = await linesOf(server, answer);
    expect(line).toMatchObject({ level: 'error', context: 'Problem', err: expect.any(Object) });
  });
});

describeOnEachDatabase('Every line on behalf of a request', (start) => {
  let server: Server;
  let client: Client;

  beforeAll(async () => {
    server = await start();
    ({ client } = server);
  });

  it('carries the id that its answer carries, and the trace of its traceparent', async () => {
    const { username, password, token } = await client.newSession();
    const json = { username, password };
    const headers = { traceparent: TRACEPARENT };
    const basic = `${username}:${password}`;
    const answers = [
      await client.post('/authenticate_user', { json, headers }),
      await client.post('/authenticate_user', { json: { ...json, password: 'x' }, headers }),
      await client.post('/logout', {
        bearer: token,
        headers: { ...headers, 'content-type': 'application/json' },
      }),
      await client.get('/user', { bearer: token, headers }),
      await client.delete('/user', { bearer: token, headers }),
      await client.get('/api/resource', { basic, headers }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401, 200, 401, 401, 200]);
    for (const answer of answers) {
      for (const line of await linesOf(server, answer)) expect(line.traceId).toBe(TRACE);
    }
  });

  it('carries the id that the caller gave it, also if many ask at once', async () => {
    const ids = Array.from({ length: 20 }, (_, index) => `caller-${index}`);
    const answers = await Promise.all(
      ids.map((id) => client.get('/user', { headers: { 'x-request-id': id } })),
    );
    for (const [index, answer] of answers.entries()) {
      expect(answer.headers.get('x-request-id')).toBe(ids[index]);
      expect(await linesOf(server, answer)).toHaveLength(1);
    }
  });

  it('carries its id also if the body comes later than the headers', async () => {
    const headers = { 'content-type': 'application/json', 'x-request-id': 'late-body' };
    const asked = request(`${server.url}/authenticate_user`, { method: 'POST', headers });
    asked.flushHeaders();
    await sleep(100);
    asked.end(JSON.stringify({ username: 'nobody', password: 'wrong' }));
    await once(asked, 'response');
    await eventually(() => {
      const lines = server.linesOf({ headers: new Headers(headers) });
      expect(lines.map(({ event }) => event)).toEqual(['login.failed', 'access.refused']);
    }, 5_000);
    asked.destroy();
  });

  it('carries no trace if the header is none', async () => {
    const headers = { traceparent: `ff-${TRACE}-b7ad6b7169203331-01` };
    const [line] = await linesOf(server, await client.get('/user', { headers }));
    expect(line).toBeDefined();
    expect(line).not.toHaveProperty('traceId');
  });
});
