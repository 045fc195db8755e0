// The processes of a measurement: the servers on one core, and all else (Redis, the driver) on another.
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { end, freePort, hasEnded } from '../../test/support/processes.mjs';
import { startRedisServer } from '../../test/support/redis-server.mjs';
import { findProgram } from '../test-tools.mjs';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

/** Signs the tokens of the service and of the floor. */
export const JWT_KEY = randomBytes(48).toString('base64');

/** What the servers run on; the driver runs on the Node that started it. */
const NODE = process.env.NODE_UNDER_TEST || process.execPath;

/** As an operator would run it, without the limits on one client that a benchmark would meet. */
const SETTINGS = {
  NODE_ENV: 'production',
  LOG_LEVEL: 'warn',
  LOGIN_MAX_FAILURES: '0',
  ADDRESS_MAX_FAILURES: '0',
  REGISTRATIONS_PER_HOUR: '0',
};

const taskset = findProgram('taskset');
const [serverCore, driverCore] = taskset ? allowedCores() : [];
const isPinned = driverCore !== undefined;

/** The numbers of the cores that this process may use. */
function allowedCores() {
  const [, list] = /Cpus_allowed_list:\s*(\S+)/.exec(readFileSync('/proc/self/status', 'utf8'));
  return list.split(',').flatMap((range) => {
    const [first, last = first] = range.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  });
}

/** Leaves the servers' core to them. What is started from here stays on this one too. */
export function pinDriver() {
  if (!isPinned) return;
  execFileSync(taskset, ['-acp', String(driverCore), String(process.pid)], { stdio: 'ignore' });
}

export function describeMachine() {
  const { length, 0: first } = cpus();
  const redis = execFileSync(findProgram('redis-server'), ['--version'], { encoding: 'utf8' });
  const [, redisVersion] = /v=(\S+)/.exec(redis);
  const nodeVersion = execFileSync(NODE, ['--version'], { encoding: 'utf8' }).trim();
  const where = isPinned
    ? `the measured server on core ${serverCore}, the driver and Redis on core ${driverCore}`
    : 'no process is pinned to a core (that takes two cores and taskset)';
  return `${first.model}, ${length} cores; Node ${nodeVersion}, Redis ${redisVersion}; ${where}.`;
}

/** What to run a server's or a measured script with, on the servers' core. */
function commandOf(script, ...args) {
  const command = [NODE, resolve(script), ...args];
  return isPinned ? [taskset, '-c', String(serverCore), ...command] : command;
}

/** What a script on the servers' core prints. */
export function printedBy(script, ...args) {
  const [program, ...rest] = commandOf(script, ...args);
  return execFileSync(program, rest, { encoding: 'utf8' });
}

/** A running server and what it costs. */
class Server {
  constructor(child, url) {
    this.child = child;
    this.url = url;
  }

  /** The CPU that all of its threads have used, in µs, as the scheduler counts it. */
  cpuUs() {
    const tasks = `/proc/${this.child.pid}/task`;
    const ofThread = (id) => readFileSync(join(tasks, id, 'schedstat'), 'utf8').split(' ')[0];
    return readdirSync(tasks).reduce((sum, id) => sum + Number(ofThread(id)), 0) / 1000;
  }

  /** The memory that it holds now, or held at the most, in MB. */
  memoryMb(kind = 'now') {
    const status = readFileSync(`/proc/${this.child.pid}/status`, 'utf8');
    const field = kind === 'now' ? /VmRSS:\s*(\d+)/ : /VmHWM:\s*(\d+)/;
    return Number(field.exec(status)[1]) / 1024;
  }

  /** Waits for the first 200 of a path; how long it took, in ms. */
  async untilItAnswers(path) {
    const startedMs = performance.now();
    const isReady = () =>
      fetch(`${this.url}${path}`).then(
        async (answer) => (await answer.text()) !== '' && answer.ok,
        () => false,
      );
    while (!(await isReady())) {
      if (hasEnded(this.child)) throw new Error('A server ended at its start');
      if (performance.now() > startedMs + START_LIMIT_MS) throw new Error(`No ${path} in time`);
      await sleep(2);
    }
    return performance.now() - startedMs;
  }

  async stop() {
    const patience = setTimeout(() => this.child.kill('SIGKILL'), STOP_LIMIT_MS);
    await end(this.child, 'SIGTERM');
    clearTimeout(patience);
  }
}

/** Everything that was started for a row of the table, so that it can be stopped whatever happens. */
export class Fleet {
  #stops = [];

  /** A Redis of its own, which does not save to disk. */
  async redis() {
    const redis = await startRedisServer({ appendonly: 'no', databases: 2 });
    this.#stops.push(() => redis.stop());
    return redis;
  }

  /** A folder that lives as long as the fleet. */
  folder() {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
    this.#stops.push(() => rmSync(folder, { recursive: true, force: true }));
    return folder;
  }

  /**
   * The built service; without a Redis it is the embedded default. `startMs` tells how long it took.
   * @param build the folder of the repository whose `dist` it is
   * @param variables beside those that every measurement has
   */
  async product(redis, { folder = this.folder(), build = '.', variables = {} } = {}) {
    const port = await freePort();
    const settings = {
      ...SETTINGS,
      PUBLIC_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: `sqlite:${join(folder, 'gatehouse.sqlite')}`,
      ...(redis && { REDIS_URL: redis.url }),
      ...variables,
    };
    const product = this.#start(join(build, 'dist/main.js'), port, folder, settings);
    product.gatehouse = (...args) =>
      JSON.parse(
        execFileSync(NODE, [resolve(build, 'dist/cli.js'), ...args, '--json'], {
          cwd: folder,
          env: { PATH: process.env.PATH, JWT_KEY, ...settings },
          encoding: 'utf8',
        }),
      );
    product.startMs = await product.untilItAnswers('/health/live');
    await product.untilItAnswers('/health/ready');
    return product;
  }

  async floor(redis) {
    // One hash at a time, as the service does on its one core: two would take each other's cache.
    const settings = { NODE_ENV: 'production', REDIS_URL: redis.url, UV_THREADPOOL_SIZE: '1' };
    const floor = this.#start('scripts/bench/floor.mjs', await freePort(), '.', settings);
    await floor.untilItAnswers('/');
    return floor;
  }

  /** Stops everything, the youngest first. */
  async stop() {
    while (this.#stops.length > 0) await this.#stops.pop()();
  }

  #start(script, port, cwd, settings) {
    const [program, ...args] = commandOf(script);
    const env = { PATH: process.env.PATH, PORT: String(port), JWT_KEY, ...settings };
    const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });
    const server = new Server(child, `http://127.0.0.1:${port}`);
    this.#stops.push(() => server.stop());
    return server;
  }
}
