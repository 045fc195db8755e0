import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { container, pod, podVariables } from '../support/kubernetes.js';
import { newPostgresDatabase } from '../support/postgres.js';
import { newRedisDatabase } from '../support/redis.js';
import { Server, type Variables } from '../support/server.js';
import { TEST_KEY } from '../support/tokens.js';

const [, seconds] = container.lifecycle?.preStop?.exec?.command ?? [];
const PRE_STOP_MS = Number(seconds) * 1_000;
const GRACE_MS = (pod.terminationGracePeriodSeconds ?? 0) * 1_000;

/** How late every node may hear that a pod ends: until then it gets new connections. */
const ENDPOINTS_LAG_MS = PRE_STOP_MS - 1_500;

const READY_LIMIT_MS = 60_000;
const PAUSE_MS = 50;

/** Shares out connections in turn, as a Service of Kubernetes does. */
class Endpoints {
  private readonly ports: number[] = [];
  private turn = 0;
  private readonly balancer = createServer((socket) => {
    const upstream = connect(this.ports[this.turn++ % this.ports.length] ?? 0, '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy()).on('close', () => other.end());
    }
  });

  async listen(): Promise<number> {
    await once(this.balancer.listen(0, '127.0.0.1'), 'listening');
    return (this.balancer.address() as AddressInfo).port;
  }

  close(): void {
    this.balancer.close();
  }

  add({ port }: Server): void {
    this.ports.push(port);
  }

  remove({ port }: Server): void {
    this.ports.splice(this.ports.indexOf(port), 1);
  }
}

/** Starts an instance, and gives it connections once it is ready. */
async function startPod(variables: Variables, endpoints: Endpoints): Promise<Server> {
  const server = await Server.start(variables);
  await eventually(async () => {
    const path = container.readinessProbe?.httpGet?.path ?? '';
    expect((await server.client.get(path)).status).toBe(200);
  }, READY_LIMIT_MS);
  endpoints.add(server);
  return server;
}

/** Ends an instance in the order of Kubernetes; resolves with its exit code and how long that took. */
async function endPod(server: Server, endpoints: Endpoints) {
  const startedMs = performance.now();
  const removal = sleep(ENDPOINTS_LAG_MS).then(() => endpoints.remove(server));
  await sleep(PRE_STOP_MS);
  const code = await server.stop();
  await removal;
  return { code, ms: performance.now() - startedMs };
}

interface Call {
  method: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Sends a request over a connection of its own, or over one that the agent has kept; resolves with the status. */
async function send(port: number, call: Call, agent?: Agent): Promise<number> {
  const { method, path, headers, body } = call;
  const sent = request({ port, host: '127.0.0.1', method, path, headers, agent: agent ?? false });
  sent.end(body);
  try {
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    await once(answer, 'end');
    return answer.statusCode ?? 0;
  } catch (error) {
    // A connection that was closed as the request was on its way: a GET is repeated (RFC 9112, 9.3.1).
    if (method === 'GET' && sent.reusedSocket) return send(port, call);
    throw error;
  }
}

/** What clients ask for all the time, each with the status that it should hear. */
function calls({ username, password }: Account, token: string): [Call, number][] {
  const headers = { authorization: `Bearer ${token}` };
  const json = { 'content-type': 'application/json' };
  const login = JSON.stringify({ username, password });
  return [
    [{ method: 'GET', path: '/user', headers }, 200],
    [{ method: 'POST', path: '/authenticate_user', headers: json, body: login }, 200],
    [{ method: 'POST', path: '/validate_token', headers }, 200],
    [{ method: 'GET', path: '/user/sessions', headers }, 200],
  ];
}

it('A rolling update with the manifests’ own delays loses no request', async () => {
  const variables = podVariables({
    'jwt-key': TEST_KEY,
    'data-key': randomBytes(48).toString('base64'),
    'database-url': await newPostgresDatabase(),
    'redis-url': newRedisDatabase(),
  });
  const endpoints = new Endpoints();
  const port = await endpoints.listen();
  const old = [await startPod(variables, endpoints), await startPod(variables, endpoints)];
  const { token } = await old[0]!.client.newSession();
  // Another account's log-ins: each beyond MAX_SESSIONS would end that session.
  const account = await old[0]!.client.register();

  const update = { isOver: false };
  const wrong: string[] = [];
  let answered = 0;
  const client = async (isKept: boolean) => {
    const agent = isKept ? new Agent({ keepAlive: true, maxSockets: 1 }) : undefined;
    const own = calls(account, token).filter(([call]) => !isKept || call.method === 'GET');
    for (let turn = 0; !update.isOver; turn++) {
      const [call, expected] = own[turn % own.length]!;
      const status = await send(port, call, agent).catch(String);
      if (status !== expected) wrong.push(`${call.method} ${call.path}: ${status}`);
      answered++;
      await sleep(PAUSE_MS);
    }
    agent?.destroy();
  };
  const clients = [false, false, true, true].map(client);

  const ends = [];
  for (const server of old) {
    await startPod(variables, endpoints);
    ends.push(endPod(server, endpoints));
  }
  const ended = await Promise.all(ends);
  update.isOver = true;
  await Promise.all(clients);
  endpoints.close();

  expect([...new Set(wrong)]).toEqual([]);
  expect(answered).toBeGreaterThan(100);
  for (const { code, ms } of ended) {
    expect(code).toBe(0);
    expect(ms).toBeLessThan(GRACE_MS);
  }
}, 200_000);

it('The grace leaves time for the delay and for the 10 s in which the service ends', () => {
  expect(PRE_STOP_MS).toBeGreaterThanOrEqual(5_000);
  expect(GRACE_MS).toBeGreaterThan(PRE_STOP_MS + 10_000);
});
