import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { Server } from '../support/server.js';

const DRIP_MS = 300;

/** What the service promises of one who drips. */
const CLOSED_WITHIN_MS = 10_000;

/** The bound of 50, and as much again that is free and not yet given back. */
const GROWTH_LIMIT_MIB = 2 * 50;

const MIB = 1024 * 1024;

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  // A service that cuts a connection off may reset it.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** The resident memory of a process, in bytes. */
function residentBytes({ pid }: Server): number {
  const [, kilobytes] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

/** All that comes back until the connection closes, and how long that took. */
async function untilClosed(socket: Socket): Promise<{ text: string; ms: number }> {
  const startMs = performance.now();
  let text = '';
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')));
  await new Promise((resolve) => socket.once('close', resolve));
  return { text, ms: performance.now() - startMs };
}

describe('A service whose clients are slow or many', () => {
  let server: Server;

  beforeAll(async () => {
    server = await Server.start();
    // Answers of every kind that the tests ask for have been made once.
    for (const path of ['/health/live', '/docs/swagger-ui-bundle.js']) {
      await fetch(server.url + path).then((answer) => answer.text());
    }
  });

  it.each([
    ['headers (F20)', 'GET /health/live HTTP/1.1\r\nHost: x\r\n', 'X-Drip: x\r\n'],
    [
      'a body (F21)',
      'POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{',
      ' ',
    ],
    [
      'a body in chunks (F21)',
      'POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
      '1\r\n \r\n',
    ],
    ['nothing at all (F20)', '', ''],
  ])('answers 408 to one who drips %s, and closes (S62)', async (_, start, drop) => {
    const socket = await open(server.port);
    socket.write(start);
    const drip = setInterval(() => socket.write(drop), DRIP_MS);
    const { text, ms } = await untilClosed(socket);
    clearInterval(drip);
    expect(text).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(text).toMatch(/"type":"\/problems\/request-timeout"/);
    expect(ms).toBeLessThan(CLOSED_WITHIN_MS);
  });

  it('keeps no answers in memory for hundreds who ask and do not read (F22)', async () => {
    const ask = 'GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(16);
    const memoryWith = async (count: number): Promise<number> => {
      const readers = await Promise.all(Array.from({ length: count }, () => open(server.port)));
      for (const reader of readers) reader.pause().write(ask);
      await sleep(6_000);
      expect((await server.client.get('/health/live')).status).toBe(200);
      const bytes = residentBytes(server);
      for (const reader of readers) reader.destroy();
      return bytes;
    };
    // The first rounds are what the process takes for itself and does not give back.
    await memoryWith(300);
    const before = await memoryWith(300);
    expect(((await memoryWith(600)) - before) / MIB).toBeLessThan(GROWTH_LIMIT_MIB);
  });

  it('cuts off one who takes nothing of its answers for half a minute (F22)', async () => {
    const reader = await open(server.port);
    const file = (await server.client.get('/docs/swagger-ui-bundle.js')).text.length;
    reader.pause().write('GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(16));
    await sleep(35_000);
    const { text } = await untilClosed(reader.resume());
    expect(text.length).toBeLessThan(16 * file);
  }, 60_000);

  it('refuses one who has more than sixteen answers to wait for (F22)', async () => {
    const hasty = await open(server.port);
    hasty.write('GET /docs/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1_000));
    const { text } = await untilClosed(hasty);
    expect(text.match(/HTTP\/1\.1 \d+ [\w ]+(?=\r\n)/g)).toEqual([
      ...Array<string>(16).fill('HTTP/1.1 200 OK'),
      'HTTP/1.1 400 Bad Request',
    ]);
  });

  it('takes any number of requests one after the other, and sixteen at once', async () => {
    const socket = await open(server.port);
    const ask = 'GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n';
    let text = '';
    socket.on('data', (bytes: Buffer) => (text += bytes.toString()));
    for (let n = 1; n <= 5; n += 1) {
      socket.write(ask.repeat(16));
      await eventually(async () => {
        expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(16 * n);
        await Promise.resolve();
      }, CLOSED_WITHIN_MS);
    }
    socket.destroy();
  });

  it('serves others among five thousand who say nothing, and sends those away (F23)', async () => {
    const idle: Socket[] = [];
    for (let n = 0; n < 50; n += 1) {
      idle.push(...(await Promise.all(Array.from({ length: 100 }, () => open(server.port)))));
    }
    const times: number[] = [];
    for (let n = 0; n < 100; n += 1) {
      const startMs = performance.now();
      expect((await server.client.get('/health/live')).status).toBe(200);
      times.push(performance.now() - startMs);
    }
    expect(times.sort((a, b) => a - b)[98]).toBeLessThan(3 * 200);
    for (const socket of idle) socket.resume();
    await eventually(async () => {
      expect(idle.filter(({ destroyed }) => !destroyed)).toHaveLength(0);
      await Promise.resolve();
    }, 3 * CLOSED_WITHIN_MS);
    expect(server.hasEnded).toBe(false);
  }, 90_000);

  it('refuses fifty bodies of 100 MB at once, and keeps nothing of them (F24, S62)', async () => {
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    const upload = async (): Promise<string> => {
      const socket = await open(server.port);
      const answer = untilClosed(socket);
      socket.write(
        'POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
          'Transfer-Encoding: chunked\r\n\r\n',
      );
      for (let sent = 0; sent < 100 * MIB && socket.writable; sent += chunk.length) {
        // The service may stop reading, and close, at any moment.
        if (!socket.write(chunk)) {
          await Promise.race([once(socket, 'drain').catch(() => undefined), answer]);
        }
      }
      return (await answer).text;
    };
    const fifty = async (): Promise<void> => {
      const answers = await Promise.all(Array.from({ length: 50 }, upload));
      // One who goes on sending may lose the answer to the reset of the connection.
      for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 413 |^$/);
    };
    // The first round is what the process takes for itself and does not give back.
    await fifty();
    const before = residentBytes(server);
    await fifty();
    await eventually(() => {
      expect((residentBytes(server) - before) / MIB).toBeLessThan(20);
    }, CLOSED_WITHIN_MS);
  }, 100_000);

  it('answers 413 to one who has sent more than 16 KiB and waits for the answer (F24, S62)', async () => {
    const socket = await open(server.port);
    const size = 17 * 1024;
    socket.write(
      'POST /user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n' +
        `Transfer-Encoding: chunked\r\n\r\n${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`,
    );
    const { text } = await untilClosed(socket);
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(text).toMatch(/"type":"\/problems\/[a-z-]+"/);
  });
});
