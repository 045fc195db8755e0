import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from './client.js';
import { NODE_SETTINGS, NODE_UNDER_TEST } from './node-under-test.js';
import { freePort } from './processes.mjs';

const MAIN = resolve(__dirname, '../../dist/main.js');
const START_LIMIT_MS = 60_000;

export type Variables = Record<string, string>;

/** A line of the service's log. */
export type LogLine = Record<string, string | number | null>;

const running = new Set<Server>();

/** Stops what a test file started, also if a test failed. */
afterAll(async () => {
  await Promise.all([...running].map((server) => server.stop()));
});

/** An empty working directory that goes when the test file ends. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  afterAllLast.push(directory);
  return directory;
}

const afterAllLast: string[] = [];
afterAll(() => {
  for (const directory of afterAllLast) rmSync(directory, { recursive: true, force: true });
});

/** The built service in a process of its own, as it ships. */
export class Server {
  readonly url: string;
  readonly client: Client;
  private readonly child: ChildProcess;
  /** What it wrote to standard output and error. */
  output = '';
  /** What it wrote to standard output. */
  stdout = '';

  private constructor(
    readonly port: number,
    readonly directory: string,
    readonly variables: Variables,
    stdout: 'pipe' | number = 'pipe',
  ) {
    this.url = `http://127.0.0.1:${port}`;
    this.client = new Client(this.url);
    this.child = spawn(NODE_UNDER_TEST, [MAIN], {
      cwd: directory,
      env: {
        PATH: process.env.PATH,
        LOG_LEVEL: 'info',
        PORT: String(port),
        ...NODE_SETTINGS,
        ...variables,
      },
      stdio: ['ignore', stdout, 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    }
    running.add(this);
  }

  /**
   * Starts the service; resolves once it listens.
   * @param stdout a descriptor of the test's own in the place of the pipe that is read here
   */
  static async start(
    variables: Variables = {},
    directory: string = temporaryDirectory(),
    port?: number,
    stdout?: number,
  ): Promise<Server> {
    const server = new Server(port ?? (await freePort()), directory, variables, stdout);
    const deadline = Date.now() + START_LIMIT_MS;
    for (;;) {
      // Another process may have taken the port since it was free.
      if (port === undefined && server.output.includes('EADDRINUSE')) {
        return Server.start(variables, directory, undefined, stdout);
      }
      if (server.hasEnded) throw new Error(`The service ended at its start:\n${server.output}`);
      if (Date.now() > deadline) throw new Error(`The service does not start:\n${server.output}`);
      const isLive = await fetch(`${server.url}/health/live`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (isLive) return server;
      await sleep(30);
    }
  }

  /** Starts the service when it should refuse to; resolves with its exit code and output. */
  static async startAndEnd(
    variables: Variables,
    directory: string = temporaryDirectory(),
  ): Promise<{ code: number | null; output: string }> {
    const server = new Server(await freePort(), directory, variables);
    const limit = setTimeout(() => void server.kill(), START_LIMIT_MS);
    const code = await server.ended();
    clearTimeout(limit);
    return { code, output: server.output };
  }

  /** The lines of its log so far; fails if one is not JSON. */
  get lines(): LogLine[] {
    const lines = this.stdout.split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** The log's lines on behalf of one request. */
  linesOf({ headers }: { headers: Headers }): LogLine[] {
    return this.lines.filter(({ requestId }) => requestId === headers.get('x-request-id'));
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The memory that it really has. */
  get residentMb(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / 1024;
  }

  get hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Ends it as an orchestrator does; resolves with the exit code. */
  async stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.ended();
  }

  /** Ends it as a power cut does. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended();
  }

  /** Starts the same service again: same port, directory and variables unless others are given. */
  async restart(variables: Variables = {}): Promise<Server> {
    if (!this.hasEnded) await this.stop();
    return Server.start({ ...this.variables, ...variables }, this.directory, this.port);
  }

  private async ended(): Promise<number | null> {
    if (!this.hasEnded) await once(this.child, 'exit');
    running.delete(this);
    return this.child.exitCode;
  }
}
