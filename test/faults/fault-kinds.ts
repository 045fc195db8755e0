import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { PostgresCluster } from '../support/postgres-cluster.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import type { Server } from '../support/server.js';

/** What can be broken. */
export interface Target {
  readonly redis: RedisServer;
  readonly postgres: PostgresCluster;
  /** Those that run. */
  readonly instances: Server[];
}

export interface Fault {
  readonly name: string;
  readonly of: 'Redis' | 'PostgreSQL' | 'An instance';
  /** Whether everybody is logged out by it, or those who logged in or renewed meanwhile. */
  readonly loses?: 'all tokens' | 'the latest tokens';
  /** Breaks something, leaves it so for some time, and mends it. */
  strike(target: Target, lastingMs: number): Promise<void>;
}

/** How long a slow Redis makes each of its clients wait. */
const SLOW_S = '0.4';

const TERMINATE_OTHERS =
  'SELECT pg_terminate_backend(pid) FROM pg_stat_activity ' +
  "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'";

async function killRedis({ redis }: Target, lastingMs: number, meanwhile?: () => void) {
  await redis.kill();
  meanwhile?.();
  await sleep(lastingMs);
  await redis.start();
}

/** Sends Redis one command, waits, and sends it another. */
function commands(before: string[], after?: string[]): Fault['strike'] {
  return async ({ redis }, lastingMs) => {
    await obey(redis, before);
    if (!after) return;
    await sleep(lastingMs);
    await obey(redis, after);
  };
}

async function obey(redis: RedisServer, command: string[]): Promise<void> {
  expect(await redis.cli(...command)).toMatch(/^(OK|\d+$)/);
}

/** Every fault that may come at any time and in any order. */
export const FAULTS: readonly Fault[] = [
  { of: 'Redis', name: 'is killed and keeps its data', strike: killRedis },
  {
    of: 'Redis',
    name: 'is killed and loses its data',
    loses: 'all tokens',
    strike: (target, lastingMs) => killRedis(target, lastingMs, () => target.redis.loseData()),
  },
  {
    of: 'Redis',
    name: 'comes back from an older snapshot',
    loses: 'the latest tokens',
    async strike(target, lastingMs) {
      target.redis.takeSnapshot();
      // What happens now is forgotten.
      await sleep(lastingMs);
      await killRedis(target, 0, () => target.redis.returnToSnapshot());
    },
  },
  { of: 'Redis', name: 'is flushed', loses: 'all tokens', strike: commands(['FLUSHALL']) },
  {
    of: 'Redis',
    name: 'is paused',
    async strike({ redis }, lastingMs) {
      redis.pause();
      await sleep(lastingMs);
      redis.resume();
    },
  },
  {
    of: 'Redis',
    name: 'is slow',
    async strike({ redis }, lastingMs) {
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
    name: 'is a read-only replica',
    strike: commands(['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']),
  },
  {
    of: 'Redis',
    name: 'is full',
    strike: commands(['CONFIG', 'SET', 'maxmemory', '1mb'], ['CONFIG', 'SET', 'maxmemory', '0']),
  },
  {
    of: 'PostgreSQL',
    name: 'stops at once',
    async strike({ postgres }, lastingMs) {
      await postgres.stopAtOnce();
      await sleep(lastingMs);
      await postgres.start();
    },
  },
  {
    of: 'PostgreSQL',
    name: 'is paused',
    async strike({ postgres }, lastingMs) {
      postgres.pause();
      await sleep(lastingMs);
      postgres.resume();
    },
  },
  {
    of: 'PostgreSQL',
    name: 'ends its connections',
    async strike({ postgres }, lastingMs) {
      const client = new pg.Client({ connectionString: postgres.url });
      await client.connect();
      const untilMs = performance.now() + lastingMs;
      do await client.query(TERMINATE_OTHERS);
      while (performance.now() < untilMs);
      await client.end();
    },
  },
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
];
