import { createClient, createCluster } from '@redis/client';
import { redisClusterInsStore, redisInsStore } from 'cache-manager-redis-yet';
import type { Env } from '../config/env.js';
import { Connections } from './connections.js';
import { REDIS_CONNECT_MS, REDIS_RECONNECT_MS, REDIS_SILENCE_MS } from './redis-limits.js';

const OPTIONS = {
  // A command that waits for a connection would be answered long after its caller has gone.
  disableOfflineQueue: true,
  // Callers have deadlines of their own; the client's would cost each command an AbortSignal.
  commandOptions: { timeout: 0 },
  socket: {
    connectTimeout: REDIS_CONNECT_MS,
    // For the log-in. Later each write begins this time again, and `Connections` watches instead.
    socketTimeout: REDIS_SILENCE_MS,
    reconnectStrategy: (attempts: number) => Math.min(25 * (attempts + 1), REDIS_RECONNECT_MS),
  },
};

const CLUSTER_SLOTS = 16_384;

interface EvalOptions {
  keys: string[];
  arguments: string[];
}

/** What this service asks of a Redis client, whether of one server or of a cluster. */
interface RedisClient {
  destroy(): void;
  on(event: 'error' | 'ready' | 'node-ready', listener: (error: Error) => void): unknown;
  eval(script: string, options: EvalOptions): Promise<unknown>;
  evalSha(sha1: string, options: EvalOptions): Promise<unknown>;
}

/** The part of cache-manager-redis-yet's store that is used; unlike cache-manager it passes errors on. */
interface RedisStore {
  get(key: string): Promise<unknown>;
  mget(...keys: string[]): Promise<unknown[]>;
  set(key: string, value: unknown, ttlMs?: number): Promise<void>;
  del(key: string): Promise<void>;
}

/** Asks every master for something. @throws if none is connected */
export type AskEach = (command: string[]) => Promise<unknown[]>;

export interface RedisHandle {
  /** May be tried again if it failed. */
  connect(): Promise<void>;
  readonly client: RedisClient;
  readonly store: RedisStore;
  readonly askMasters: AskEach;
  readonly connections: Connections;
}

/** Whether the configuration names a Redis. */
export function usesRedis(env: Env): boolean {
  return Boolean(env.REDIS_URL ?? env.REDIS_HOST ?? env.REDIS_CLUSTER_NODES);
}

/** A client that is not yet connected, for the configured server or cluster. */
export function createRedis(env: Env): RedisHandle {
  return env.REDIS_CLUSTER_NODES ? clusterHandle(env.REDIS_CLUSTER_NODES) : serverHandle(env);
}

function serverHandle(env: Env): RedisHandle {
  const { REDIS_HOST: host = '', REDIS_PORT: port } = env;
  const url = env.REDIS_URL ?? `redis://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const client = createClient({ ...OPTIONS, url });
  return {
    connect: async () => {
      await client.connect();
    },
    client: client,
    // The package is typed for version 4 of the client, and uses what has not changed since.
    store: redisInsStore(client as unknown as Parameters<typeof redisInsStore>[0]),
    askMasters: async (command) => [await client.sendCommand(command)],
    connections: new Connections(() => [client]),
  };
}

function clusterHandle(nodes: string): RedisHandle {
  const rootNodes = nodes.split(',').map((node) => ({ ...OPTIONS, url: `redis://${node.trim()}` }));
  const cluster = createCluster({
    rootNodes,
    defaults: OPTIONS,
    // Another node may have taken the place of one that is out of reach.
    topologyRefreshOnReconnectionAttemptStrategy: REDIS_SILENCE_MS,
  });
  return {
    connect: async () => {
      await cluster.connect();
      // The nodes of a cluster that is being made know of no slots, or of some, and the client would not
      // ask again.
      if (cluster.slots.filter(Boolean).length === CLUSTER_SLOTS) return;
      cluster.destroy();
      throw new Error('The cluster does not serve all slots yet');
    },
    client: cluster,
    store: redisClusterInsStore(cluster as unknown as Parameters<typeof redisClusterInsStore>[0], {
      rootNodes: [],
    }),
    askMasters: async (command) => {
      if (cluster.masters.length === 0) throw new Error('The cluster is not connected');
      return Promise.all(
        cluster.masters.map(async (master) => {
          const client = await cluster.nodeClient(master);
          return client.sendCommand(command);
        }),
      );
    },
    connections: new Connections(() => cluster.masters.flatMap(({ client }) => client ?? [])),
  };
}
