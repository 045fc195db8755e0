import * as fc from 'fast-check';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describeOnEachDatabase } from '../support/backends.js';
import type { Account } from '../support/client.js';
import { fuzzing } from '../support/fuzzing.js';
import { description } from '../support/openapi.js';
import type { Server } from '../support/server.js';
import { atOnce, TEST_KEY } from '../support/tokens.js';
import { spliced } from './bodies.js';
import { Caller } from './caller.js';
import { requests, type FuzzRequest } from './requests.js';

/** For each operation on each backend. */
const RUNS = 20;

/** How many more an operation gets if it understood none of them: it should not be a matter of luck. */
const SECOND_CHANCES = 300;

/** The same ones each time. */
const WARM_UP = { numRuns: 3, seed: 0 };
const TEST_LIMIT_MS = 600_000;

/** What a process may gain by it. */
const MEMORY_LIMIT_MB = 50;

const operations = Object.entries(description.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(
    ([method, operation]) => [method.toUpperCase(), path, operation] as const,
  ),
);

/** How many requests each operation was sent, and how many of them it did the work of. */
const sent = new Map(
  operations.map(([method, path]) => [`${method} ${path}`, { all: 0, successful: 0 }]),
);

/** All that comes back until the connection closes, or is reset: the service need not read to the end. */
function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  return new Promise((resolve) => socket.once('close', () => resolve(text)));
}

/** They need what only a mail or an app tells: nothing that is made up is right. */
const NEEDS_ANOTHER_CHANNEL = [
  'POST /authenticate_user/verify',
  'POST /password/reset',
  'POST /user/email/verify',
  'PUT /user/factors/{id}',
  'POST /user/factors/{id}/remove',
  'POST /user/recovery_codes',
];

jest.setTimeout(TEST_LIMIT_MS);

describeOnEachDatabase('A service that is sent anything', (start) => {
  let server: Server;
  let caller: Caller;
  let bystander: Account & { token: string };
  let before: { pid: number; residentMb: number };

  beforeAll(async () => {
    server = await start({
      JWT_KEY: TEST_KEY,
      TRUST_PROXY: '1',
      // Counted, but without an end: everybody would soon hear 429 alone.
      LOGIN_MAX_FAILURES: '1000000',
      ADDRESS_MAX_FAILURES: '1000000',
      ACCOUNT_MAX_FAILURES: '1000000',
      REGISTRATIONS_PER_HOUR: '1000000',
    });
    caller = new Caller(server);
    bystander = await server.client.newSession();
    // Hashes and every kind of answer take their memory now, and not while it is measured.
    await atOnce(20, () => server.client.login(bystander));
    for (const [method, path, operation] of operations) {
      for (const request of fc.sample(requests(path, operation), WARM_UP)) {
        await caller.send(method, request);
      }
    }
    before = { pid: server.pid, residentMb: server.residentMb };
  });

  it.each(operations)('at %s %s answers as documented', async (method, path, operation) => {
    const counts = sent.get(`${method} ${path}`)!;
    const send = async (request: FuzzRequest): Promise<void> => {
      const { status } = await caller.send(method, request);
      counts.all += 1;
      if (status < 300) counts.successful += 1;
    };
    await fc.assert(fc.asyncProperty(requests(path, operation), send), fuzzing(RUNS));
    if (counts.successful > 0 || NEEDS_ANOTHER_CHANNEL.includes(`${method} ${path}`)) return;
    const sendUntilOneIs = async (request: FuzzRequest): Promise<void> => {
      if (counts.successful === 0) await send(request);
    };
    const more = fc.asyncProperty(requests(path, operation), sendUntilOneIs);
    await fc.assert(more, fuzzing(SECOND_CHANCES));
  });

  it('in bytes that need not be HTTP ends the connection', async () => {
    const request = fc
      .constantFrom(...operations)
      .map(
        ([method, path]) =>
          `${method} ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Basic Og==\r\n` +
          'Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      );
    const part = fc.oneof(fc.uint8Array({ maxLength: 300 }), spliced(request));
    await fc.assert(
      fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 4 }), async (parts) => {
        const socket = connect(server.port, '127.0.0.1');
        socket.on('error', () => undefined);
        await once(socket, 'connect');
        for (const bytes of parts) socket.write(bytes);
        socket.end();
        expect(await untilClosed(socket)).not.toMatch(/HTTP\/1\.1 5/);
      }),
      fuzzing(RUNS * 5),
    );
  });

  it('is the same process afterwards, and no larger', async () => {
    expect((await server.client.get('/health/ready')).status).toBe(200);
    expect([server.pid, server.hasEnded]).toEqual([before.pid, false]);
    expect(server.residentMb - before.residentMb).toBeLessThan(MEMORY_LIMIT_MB);
    const errors = server.output.split('\n').filter((line) => /"level":"(error|fatal)"/.test(line));
    // A machine that stood still for a second makes Redis look silent. No input can do that.
    expect(errors.filter((line) => !line.includes('Redis does not answer'))).toEqual([]);
  });

  it('changes nothing of somebody else', async () => {
    const { id, username, token } = bystander;
    const own = await server.client.get('/user', { bearer: token });
    expect([own.status, own.body]).toEqual([200, { user: { id, username }, token }]);
    expect(await server.client.accepts(await server.client.login(bystander))).toBe(true);
    const { body } = await server.client.get('/user/events?limit=100', { bearer: token });
    const types = (body.events as { type: string }[]).map(({ type }) => type);
    expect(new Set(types)).toEqual(new Set(['account.registered', 'login.succeeded']));
  });

  it('gives a new user nothing that was not asked for (F26)', async () => {
    const { id, username, token } = await server.client.newSession();
    const own = await server.client.get('/user', { bearer: token });
    expect(own.body).toEqual({ user: { id, username }, token });
    const { body } = await server.client.post('/user', { json: {} });
    expect(body.errors).toHaveLength(2);
    const { events } = (await server.client.get('/user/events', { bearer: token })).body;
    expect(events).toHaveLength(2);
  });
});

describe('What is sent', () => {
  it('is understood often enough, by every operation', () => {
    const counts = [...sent.values()];
    const total = (name: 'all' | 'successful') =>
      counts.reduce((sum, count) => sum + count[name], 0);
    expect(total('successful')).toBeGreaterThan(total('all') / 4);
    const never = [...sent].filter(([, { successful }]) => successful === 0);
    const operations = never.map(([operation]) => operation);
    expect(operations.filter((operation) => !NEEDS_ANOTHER_CHANNEL.includes(operation))).toEqual(
      [],
    );
  });
});
