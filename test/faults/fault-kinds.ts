import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Env } from '../../src/config/env.js';
import type { PostgresCluster } from '../support/postgres-cluster.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import type { Server } from '../support/server.js';
import type { FaultyDatabase } from './databases.js';
import type { FaultyRedis } from './faulty-redis.js';
import { HostileAddress } from './hostile-address.js';
import { cut, delay, double, outrun, type Apis } from './verifiers.js';

/** What can be broken. */
export interface Target {
  readonly redis: FaultyRedis | undefined;
  readonly database: FaultyDatabase & { readonly server?: PostgresCluster };
  /** Those that run. */
  readonly instances: Server[];
  readonly apis: Apis;
}

export interface Fault {
  readonly name: string;
  readonly of: 'Redis' | 'PostgreSQL' | 'SQLite' | 'An instance' | 'A neighbour' | 'An API';
  /** Whether everybody is logged out by it, or those who logged in or renewed meanwhile. */
  readonly loses?: 'all tokens' | 'the latest tokens';
  /** Breaks something, leaves it so for some time, and mends it. */
  strike(target: Target, lastingMs: number): Promise<void>;
}

/** Of the instances under random faults. */
export const REUSE_INTERVAL_S = 2;

/** For which the instances promise APIs to wait, unless they are told otherwise. */
const LEASE_MS = Env.load({}).VERIFIER_LEASE;

/** How long SQLite lets a write wait for the lock. */
const SQLITE_WAIT_MS = 5_000;

/** At least so long an instance stands still, and at most twice as long again. */
const STANDSTILL_MS = 1_000;
export const LONGEST_STANDSTILL_MS = 3 * STANDSTILL_MS;

/** As many addresses flood at once, each with so many connections of each kind. */
const FLOODING_ADDRESSES = 4;
const FLOOD = 40;
const SILENT = 100;

/** How long a slow Redis makes each of its clients wait. */
const SLOW_S = '0.4';

const TERMINATE_OTHERS =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity ' +
  "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";

function storeOf({ redis }: Target): FaultyRedis {
  if (!redis) throw new Error('There is no Redis to break');
  return redis;
}

/** A server of Redis, to be broken and mended. */
function redisOf(target: Target): RedisServer {
  return storeOf(target).next();
}

async function killRedis(redis: RedisServer, lastingMs: number, meanwhile?: () => void) {
  await redis.kill();
  meanwhile?.();
  await sleep(lastingMs);
  await redis.start();
}

/** Sends Redis one command, waits, and sends it another. */
function commands(before: string[], after?: string[]): Fault['strike'] {
  return async (target, lastingMs) => {
    const redis = redisOf(target);
    await obey(redis, before);
    if (!after) return;
    await sleep(lastingMs);
    await obey(redis, after);
  };
}

async function obey(redis: RedisServer, command: string[]): Promise<void> {
  expect(await redis.cli(...command)).toMatch(/^(OK|\d+$)/);
}

function postgresOf({ database }: Target): PostgresCluster {
  if (!database.server) throw new Error('There is no PostgreSQL to break');
  return database.server;
}

/** Lets the database take no writes until the refused clients repeat it after the reuse interval. */
async function refuseWrites({ database }: Target, lastingMs: number): Promise<void> {
  await database.setReadOnly(true);
  await sleep(REUSE_INTERVAL_S * 1_000 + lastingMs);
  await database.setReadOnly(false);
}

async function standStill(instances: readonly Server[], lastingMs: number): Promise<void> {
  const pids = instances.map(({ pid }) => pid);
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  try {
    await sleep(STANDSTILL_MS + lastingMs);
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  }
}

let floods = 0;

/** Floods the instances from addresses that have not been throttled yet. */
async function flood({ instances }: Target, lastingMs: number): Promise<void> {
  floods += 1;
  // The only one may have been killed.
  while (instances.length === 0) await sleep(50);
  const neighbours = Array.from({ length: FLOODING_ADDRESSES }, (_, index) => {
    const { port } = instances[index % instances.length]!;
    // Of names that do not exist, so that no account is throttled.
    const usernames = Array.from({ length: 100 }, (_each, name) => `flood-${floods}-${name}`);
    return new HostileAddress(port, `127.1.${floods % 256}.${index + 1}`, usernames);
  });
  for (const neighbour of neighbours) {
    neighbour.flood(FLOOD);
    neighbour.abandon(FLOOD);
    neighbour.pipeline(FLOOD / 10);
    neighbour.drip(FLOOD);
    neighbour.beSilent(SILENT);
  }
  await sleep(lastingMs);
  await Promise.all(neighbours.map((neighbour) => neighbour.stop()));
}

/** What may come to any server of Redis. */
const REDIS_FAULTS: readonly Fault[] = [
  {
    of: 'Redis',
    name: 'is killed and keeps its data',
    strike: (target, lastingMs) => killRedis(redisOf(target), lastingMs),
  },
  {
    of: 'Redis',
    name: 'comes back from an older snapshot',
    loses: 'the latest tokens',
    async strike(target, lastingMs) {
      const redis = redisOf(target);
      redis.takeSnapshot();
      // What happens now is forgotten.
      await sleep(lastingMs);
      await killRedis(redis, 0, () => redis.returnToSnapshot());
    },
  },
  {
    of: 'Redis',
    name: 'is paused',
    async strike(target, lastingMs) {
      const redis = redisOf(target);
      redis.pause();
      await sleep(lastingMs);
      redis.resume();
    },
  },
  {
    of: 'Redis',
    name: 'is slow',
    async strike(target, lastingMs) {
      const redis = redisOf(target);
      const untilMs = performance.now() + lastingMs;
      while (performance.now() < untilMs) await obey(redis, ['DEBUG', 'SLEEP', SLOW_S]);
    },
  },
  {
    of: 'Redis',
    name: 'ends its connections',
    strike: commands(['CLIENT', 'KILL', 'TYPE', 'normal']),
  },
  {
    of: 'Redis',
    name: 'is full',
    strike: commands(['CONFIG', 'SET', 'maxmemory', '1mb'], ['CONFIG', 'SET', 'maxmemory', '0']),
  },
];

/** What may come to a Redis of one primary. */
const PRIMARY_FAULTS: readonly Fault[] = [
  {
    of: 'Redis',
    name: 'is killed and loses its data',
    loses: 'all tokens',
    async strike(target, lastingMs) {
      const redis = redisOf(target);
      await killRedis(redis, lastingMs, () => redis.loseData());
    },
  },
  { of: 'Redis', name: 'is flushed', loses: 'all tokens', strike: commands(['FLUSHALL']) },
  {
    of: 'Redis',
    name: 'is a read-only replica',
    strike: commands(['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']),
  },
  {
    of: 'Redis',
    name: 'dies, and its replica is promoted',
    // Those of which the replica had not heard yet.
    loses: 'the latest tokens',
    strike: (target, lastingMs) => storeOf(target).promote(lastingMs),
  },
];

/** Every fault that may come at any time and in any order, whatever the stores. */
const COMMON_FAULTS: readonly Fault[] = [
  {
    of: 'An instance',
    name: 'is killed',
    async strike({ instances }, lastingMs) {
      // The one that has run for longer.
      const instance = instances.shift()!;
      await instance.kill();
      await sleep(lastingMs);
      instances.push(await instance.restart());
    },
  },
  {
    of: 'An instance',
    name: 'stands still',
    strike: ({ instances }, lastingMs) => standStill(instances.slice(-1), lastingMs),
  },
  { of: 'A neighbour', name: 'floods', strike: flood },
  {
    of: 'An API',
    name: 'is killed with its lease',
    strike: ({ apis }, lastingMs) => apis.strike((api) => api.die(lastingMs)),
  },
  {
    of: 'An API',
    name: 'stands still',
    strike: ({ apis }, lastingMs) => apis.strike((api) => api.standStill(2 * lastingMs)),
  },
  {
    of: 'An API',
    name: 'has its clock set back',
    strike: ({ apis }, lastingMs) => apis.strike((api) => api.jump(-10 * lastingMs)),
  },
  {
    of: 'An API',
    name: 'has its clock set forward',
    strike: ({ apis }, lastingMs) => apis.strike((api) => api.jump(10 * lastingMs)),
  },
  {
    of: 'An API',
    name: 'hears late',
    strike: ({ apis }, lastingMs) => apis.strike((api) => delay(api, lastingMs / 2, 2 * lastingMs)),
  },
  {
    of: 'An API',
    name: 'hears of tokens late, and of changes at once',
    strike: ({ apis }, lastingMs) =>
      apis.strike((api) => outrun(api, lastingMs / 5, 2 * lastingMs)),
  },
  {
    of: 'An API',
    name: 'is cut off',
    strike: ({ apis }, lastingMs) => apis.strike((api) => cut(api, lastingMs)),
  },
  {
    of: 'An API',
    name: 'has its clock set back, and is cut off for longer than its lease',
    strike: ({ apis }, lastingMs) =>
      apis.strike(async (api) => {
        await api.jump(-10 * LEASE_MS);
        await cut(api, LEASE_MS + lastingMs);
      }),
  },
  {
    of: 'An API',
    name: 'has its polls doubled',
    strike: ({ apis }, lastingMs) => apis.strike((api) => double(api, lastingMs)),
  },
];

const POSTGRES_FAULTS: readonly Fault[] = [
  {
    of: 'PostgreSQL',
    name: 'takes no writes for longer than the reuse interval',
    strike: refuseWrites,
  },
  {
    of: 'An instance',
    name: 'stands still, and so does every other one',
    strike: ({ instances }, lastingMs) => standStill([...instances], lastingMs),
  },
  {
    of: 'PostgreSQL',
    name: 'stops at once',
    async strike(target, lastingMs) {
      const postgres = postgresOf(target);
      await postgres.stopAtOnce();
      await sleep(lastingMs);
      await postgres.start();
    },
  },
  {
    of: 'PostgreSQL',
    name: 'is paused',
    async strike(target, lastingMs) {
      const postgres = postgresOf(target);
      postgres.pause();
      await sleep(lastingMs);
      postgres.resume();
    },
  },
  {
    of: 'PostgreSQL',
    name: 'ends its connections',
    async strike(target, lastingMs) {
      const client = new pg.Client({ connectionString: postgresOf(target).url });
      await client.connect();
      const untilMs = performance.now() + lastingMs;
      do await client.query(TERMINATE_OTHERS);
      while (performance.now() < untilMs);
      await client.end();
    },
  },
];

const SQLITE_FAULTS: readonly Fault[] = [
  {
    of: 'SQLite',
    name: 'is locked for as long as writes wait, and for longer than the reuse interval',
    strike: (target, lastingMs) => refuseWrites(target, SQLITE_WAIT_MS + lastingMs),
  },
  {
    of: 'SQLite',
    name: 'is locked, and lets go in time',
    strike: refuseWrites,
  },
];

/** Every fault that may come to services with such stores. */
export const FAULTS = {
  'PostgreSQL and Redis': [
    ...COMMON_FAULTS,
    ...REDIS_FAULTS,
    ...PRIMARY_FAULTS,
    ...POSTGRES_FAULTS,
  ],
  'PostgreSQL and a Redis Cluster': [...COMMON_FAULTS, ...REDIS_FAULTS, ...POSTGRES_FAULTS],
  PostgreSQL: [...COMMON_FAULTS, ...POSTGRES_FAULTS],
  'SQLite and Redis': [...COMMON_FAULTS, ...REDIS_FAULTS, ...PRIMARY_FAULTS, ...SQLITE_FAULTS],
  SQLite: [...COMMON_FAULTS, ...SQLITE_FAULTS],
} satisfies Record<string, readonly Fault[]>;
