import { readFileSync } from 'node:fs';
import { once } from 'node:events';
import { request } from 'node:http';
import { createServer, type AddressInfo, type Server as TcpServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { startThree } from '../support/instances.js';
import { freePort } from '../support/processes.mjs';
import { startNginx } from '../support/programs.js';
import { exchange, headersIn } from '../support/raw-http.js';
import type { Server } from '../support/server.js';

const SHIPPED = readFileSync(resolve(__dirname, '../../deploy/nginx/nginx.conf'), 'utf8');

/** Where nginx asks the instances from, and a client that asks nginx from elsewhere. */
const PROXY = '127.0.0.1';
const CLIENTS = ['127.0.0.2', '127.0.0.3'] as const;

/** The shipped configuration with local instances, and a port of its own. */
function localConfiguration(instances: Pick<Server, 'url'>[], port: number): string {
  const servers = instances.map(
    ({ url }) => `server ${url.replace('http://', '')} max_fails=1 fail_timeout=2s;`,
  );
  return SHIPPED.replace(/server api:3000 [^;]*;/, servers.join('\n')).replace(
    'listen 8080',
    `listen 127.0.0.1:${port}`,
  );
}

/** How long nginx asks no instance that failed, with room for a busy machine. */
const DEAD_MS = 2_000 + 1_000;

/** What a paused instance may cost a client, with room for a busy machine. */
const PAUSED_LIMIT_MS = 10_000 + 5_000;

/** The status of an answer to a path that fetch would make tidy first. */
function statusOf(port: number, path: string): Promise<number | undefined> {
  return new Promise((settle, reject) => {
    request({ port, path, host: '127.0.0.1' }, (answer) => {
      answer.resume().on('end', () => settle(answer.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

/** The status of a log-in from an address of this machine, which says that it is from elsewhere. */
function logInFrom(localAddress: string, port: number, json: object): Promise<number | undefined> {
  const headers = { 'content-type': 'application/json', 'x-forwarded-for': '203.0.113.7' };
  return new Promise((settle, reject) => {
    const options = { host: PROXY, port, localAddress, path: '/authenticate_user', headers };
    request({ ...options, method: 'POST' }, (answer) => {
      answer.resume().on('end', () => settle(answer.statusCode));
    })
      .on('error', reject)
      .end(JSON.stringify(json));
  });
}

describe('Three instances behind nginx, as deploy/nginx ships it', () => {
  let instances: Server[];
  let client: Client;
  let port: number;

  beforeAll(async () => {
    instances = await startThree({ TRUST_PROXY: PROXY, LOGIN_MAX_FAILURES: '2' });
    port = await freePort();
    await startNginx(localConfiguration(instances, port), port);
    client = new Client(`http://127.0.0.1:${port}`);
    await eventually(async () => {
      expect((await client.get('/health/ready')).status).toBe(200);
    }, 10_000);
  });

  it('serve as one', async () => {
    const { token } = await client.newSession();
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => client.get('/user', { bearer: token })),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 12 }, () => 200));
    expect((await client.post('/logout', { bearer: token })).status).toBe(200);
    for (let count = 0; count < 6; count += 1) expect(await client.accepts(token)).toBe(false);
  });

  it('know one client from another by what nginx says, and not by what a client says', async () => {
    const { username, password, token } = await client.newSession();
    const [one, other] = CLIENTS;
    const tryFrom = (address: string, word: string) =>
      logInFrom(address, port, { username, password: word });
    expect([await tryFrom(one, 'wrong'), await tryFrom(one, 'wrong')]).toEqual([401, 401]);
    expect(await tryFrom(one, password)).toBe(429);
    expect(await tryFrom(other, password)).toBe(200);
    const { body } = await client.get('/user/sessions', { bearer: token });
    expect(body.sessions[0].address).toBe(other);
    const answers = instances.map((instance) => instance.output);
    expect(answers.join()).not.toContain('TRUST_PROXY does not name');
  });

  it('answer what other proxies ask, with every method, path and body', async () => {
    const { id, token } = await client.newSession();
    const body = Buffer.alloc(1024 * 1024);
    for (const path of ['/auth/verify', '/auth/verify/uploads/17?a=b']) {
      const answer = await client.put(path, { bearer: token, body });
      expect([answer.status, answer.headers.get('x-user-id')]).toEqual([200, String(id)]);
      expect((await client.put(path, { body })).status).toBe(401);
    }
  });

  it('keep their metrics to themselves', async () => {
    expect((await instances[0]?.client.get('/metrics'))?.status).toBe(200);
    for (const path of [
      '/metrics',
      '/metrics?a=b',
      '//metrics',
      '/%6detrics',
      '/user/../metrics',
    ]) {
      expect([path, await statusOf(port, path)]).toEqual([path, 404]);
    }
  });

  it('go on serving when one of them ends', async () => {
    const { token } = await client.newSession();
    await instances[1]?.stop();
    for (let count = 0; count < 12; count += 1) expect(await client.accepts(token)).toBe(true);
  });

  it('are spoken for with a problem document if nginx refuses a request itself', async () => {
    const large = { json: { username: 'a'.repeat(20_000), password: '' } };
    expect((await client.post('/nowhere', large)).status).toBe(413);
    expect((await client.get('/metrics')).status).toBe(404);
    const headers = { 'x-large': 'a'.repeat(40_000) };
    expect((await client.get('/nowhere', { headers })).status).toBe(431);
    expect((await client.get(`/${'a'.repeat(40_000)}`)).status).toBe(414);
    const answer = await exchange(port, 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1.1 400 /);
    expect(headersIn(answer)['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  it('are unavailable if the one that is asked is paused, and what was sent is not repeated', async () => {
    const { id, token } = await client.newSession();
    const running = instances.filter(({ hasEnded }) => !hasEnded);
    for (const { pid } of running) process.kill(pid, 'SIGSTOP');
    const startedMs = performance.now();
    const answer = await client.delete('/user', { bearer: token });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
    expect(performance.now() - startedMs).toBeLessThan(PAUSED_LIMIT_MS);
    for (const { pid } of running) process.kill(pid, 'SIGCONT');
    await eventually(async () => {
      expect((await client.get('/health/ready')).status).toBe(200);
    }, 10_000);
    // One of them has done it by now, and one alone: the other would have answered 401 in its log.
    const refusals = running.flatMap(({ lines }) =>
      lines.filter(({ event, userId }) => event === 'access.refused' && userId === id),
    );
    expect(refusals).toEqual([]);
  }, 40_000);

  it('are unavailable, with a problem document, if none runs', async () => {
    await Promise.all(instances.map((instance) => instance.stop()));
    for (const send of [
      () => client.get('/user', { bearer: 'any' }),
      () => client.post('/authenticate_user', { json: { username: 'romeo', password: 'any' } }),
    ]) {
      const { status, headers, body } = await send();
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
      expect(body).toMatchObject({ type: '/problems/service-unavailable', status: 503 });
    }
  });
});

/** Takes requests, and closes the connection in place of an answer, as a process that is killed. */
class DyingInstance {
  /** The first lines of what it was sent. */
  readonly requests: string[] = [];
  private readonly server: TcpServer = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => {
      this.requests.push(chunk.toString().split(' HTTP/')[0] ?? '');
      socket.destroy();
    });
  });

  async start(): Promise<this> {
    await once(this.server.listen(0, '127.0.0.1'), 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.close();
  }
}

describe('Instances behind nginx that die with a request', () => {
  const paths = ['/api/token', '/api/token?a=b', '/api/%74oken'];

  it.each(paths)('are not sent GET %s again', async (path) => {
    const instances = await Promise.all([1, 2].map(() => new DyingInstance().start()));
    const port = await freePort();
    // At its start it is asked for another path.
    await startNginx(localConfiguration(instances, port), port);
    await sleep(DEAD_MS);
    expect(await statusOf(port, path)).toBe(503);
    const sent = instances.flatMap(({ requests }) => requests);
    expect(sent.filter((line) => line === `GET ${path}`)).toHaveLength(1);
    for (const instance of instances) instance.stop();
  });
});
