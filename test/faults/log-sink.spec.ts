import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { Server, temporaryDirectory, type LogLine } from '../support/server.js';
import { atOnce } from '../support/tokens.js';

const EXIT_LIMIT_MS = 10_000;

/** Written as six bytes a character, so that a few requests fill a pipe. */
const LONG_AGENT = '\u0080'.repeat(256);
const LINE_BYTES = 6 * LONG_AGENT.length;

const BEYOND_A_PIPE = 150_000;
const BEYOND_EVERY_BUFFER = 2_000_000;

/** A pipe between the service's standard output and a reader that the test plays. */
class Pipe {
  private readonly reader: number;
  readonly writer: number;
  private text = '';

  constructor() {
    const path = join(temporaryDirectory(), 'log');
    execFileSync('mkfifo', [path]);
    this.reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writer = openSync(path, constants.O_WRONLY);
  }

  /** The reader goes away. */
  close(): void {
    closeSync(this.reader);
  }

  /** Takes what is in the pipe; the lines that came so far, each of which must be JSON. */
  read(): LogLine[] {
    const buffer = Buffer.alloc(64 * 1024);
    try {
      for (let bytes = 1; bytes > 0;) {
        bytes = readSync(this.reader, buffer);
        this.text += buffer.toString('utf8', 0, bytes);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    const lines = this.text.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LogLine);
  }
}

describe('A service whose log', () => {
  let pipe: Pipe;
  let server: Server;

  beforeEach(async () => {
    pipe = new Pipe();
    server = await Server.start({}, undefined, undefined, pipe.writer);
    closeSync(pipe.writer);
  });

  // One that did not end as it should would not for the helper either.
  afterEach(() => server.kill());

  /** Has at least so many bytes logged, one line for each request. */
  async function log(bytes: number): Promise<number> {
    const requests = Math.ceil(bytes / LINE_BYTES);
    const headers = { 'user-agent': LONG_AGENT };
    for (let asked = 0; asked < requests; asked += 100) {
      await atOnce(100, async () => {
        expect((await server.client.get('/user', { headers })).status).toBe(401);
      });
    }
    return Math.ceil(requests / 100) * 100;
  }

  async function expectServing(): Promise<void> {
    const { token } = await server.client.newSession();
    expect(await server.client.accepts(token)).toBe(true);
    expect((await server.client.get('/health/ready')).status).toBe(200);
    expect(server.hasEnded).toBe(false);
  }

  it('no one reads any more serves on, and ends as it should (F14)', async () => {
    await expectServing();
    pipe.close();
    await log(20_000);
    await expectServing();
    expect(await server.stop()).toBe(0);
    expect(server.output).toBe('');
  });

  it('is not taken for a while serves on, and every line comes late (F14)', async () => {
    const count = await log(BEYOND_A_PIPE);
    await expectServing();
    const refused = () => pipe.read().filter(({ event }) => event === 'access.refused').length;
    await eventually(() => expect(refused()).toBe(count), 5_000);
  });

  it('is not taken while it ends loses no line that is taken soon enough (F14)', async () => {
    const count = await log(BEYOND_A_PIPE);
    const stopping = server.stop();
    const refused = () => pipe.read().filter(({ event }) => event === 'access.refused').length;
    // A service that did not wait would be gone by now.
    await sleep(1_000);
    const reading = setInterval(refused, 20);
    expect(await stopping).toBe(0);
    clearInterval(reading);
    expect(refused()).toBe(count);
  });

  it('is full for good drops lines, says how many, and ends in time (F14)', async () => {
    const count = await log(BEYOND_EVERY_BUFFER);
    await expectServing();
    await eventually(async () => {
      await server.client.get('/user');
      expect(pipe.read().at(-1)).toMatchObject({ event: 'access.refused' });
      const lines = pipe.read();
      const missing = lines.find(({ context }) => context === 'Log');
      expect(missing).toMatchObject({ level: 'warn' });
      const lost = Number(/^\d+/.exec(String(missing?.msg))?.[0]);
      expect(lost).toBeGreaterThan(0);
      expect(lost).toBeLessThan(count);
    }, 10_000);

    await log(BEYOND_A_PIPE);
    const beganMs = performance.now();
    expect(await server.stop()).toBe(0);
    expect(performance.now() - beganMs).toBeLessThan(EXIT_LIMIT_MS);
  }, 120_000);
});
