import { createClient, createCluster } from '@redis/client';
import { redisClusterInsStore, redisInsStore } from 'cache-manager-redis-yet';
import type { Env } from '../config/env.js';
import { serversOf } from '../config/env-values.js';
import { accessOf, clientOptions, sentinelAccessOf, urlOptions } from './client-options.js';
import { Connections } from './connections.js';
import { PrimaryClient } from './primary-client.js';
import { REDIS_SILENCE_MS } from './redis-limits.js';
import { Sentinels } from './sentinels.js';
import type { AskEach } from './server-facts.js';

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

/** What cache-manager-redis-yet's store asks of a client. Its own types are those of version 4 of the client. */
interface StoreClient {
  get(key: string): Promise<string | null>;
  mGet(keys: string[]): Promise<(string | null)[]>;
  set(key: string, value: string, options?: { PX: number }): Promise<unknown>;
  del(key: string): Promise<unknown>;
  pTTL(key: string): Promise<number>;
}

/** The part of cache-manager-redis-yet's store that is used; unlike cache-manager it passes errors on. */
interface RedisStore {
  get(key: string): Promise<unknown>;
  mget(...keys: string[]): Promise<unknown[]>;
  set(key: string, value: unknown, ttlMs?: number): Promise<void>;
  del(key: string): Promise<void>;
  /** Milliseconds; less than 0 if there is no such key, or it does not expire. */
  ttl(key: string): Promise<number>;
}

export interface RedisHandle {
  /** May be tried again if it failed. */
  connect(): Promise<void>;
  readonly client: RedisClient;
  readonly store: RedisStore;
  readonly askMasters: AskEach;
  readonly connections: Pick<Connections, 'beat' | 'renew'>;
  /** Those who name the server, if there are any. */
  readonly sentinels?: Sentinels;
}

/** A client that is not yet connected, for the configured server, cluster, or server that sentinels name. */
export function createRedis(env: Env): RedisHandle {
  if (env.REDIS_CLUSTER_NODES) return clusterHandle(env, env.REDIS_CLUSTER_NODES);
  return env.REDIS_SENTINELS ? sentinelHandle(env, env.REDIS_SENTINELS) : serverHandle(env);
}

function serverHandle(env: Env): RedisHandle {
  const { REDIS_URL: url, REDIS_HOST: host = '', REDIS_PORT: port } = env;
  const client = createClient(url ? urlOptions(url) : clientOptions(accessOf(env), { host, port }));
  return {
    ...singleHandle(client),
    connect: async () => {
      await client.connect();
    },
    connections: new Connections(() => [client]),
  };
}

function sentinelHandle(env: Env, servers: string): RedisHandle {
  const access = accessOf(env);
  const sentinels = new Sentinels(
    serversOf(servers) ?? [],
    env.REDIS_SENTINEL_NAME ?? '',
    sentinelAccessOf(env),
  );
  const client = new PrimaryClient(sentinels, (server) => clientOptions(access, server));
  const connections = new Connections(() => [client]);
  return {
    ...singleHandle(client),
    sentinels,
    connect: () => client.connect(),
    connections: {
      beat: () => {
        sentinels.beat();
        void client.compare();
        return connections.beat();
      },
      renew: () => connections.renew(),
    },
  };
}

/** What is the same for one server and for the primary of sentinels. */
function singleHandle(
  client: RedisClient & StoreClient & { sendCommand(command: string[]): Promise<unknown> },
): Pick<RedisHandle, 'client' | 'store' | 'askMasters'> {
  return {
    client,
    store: redisInsStore(client as unknown as Parameters<typeof redisInsStore>[0]),
    askMasters: async (command) => [await client.sendCommand(command)],
  };
}

function clusterHandle(env: Env, nodes: string): RedisHandle {
  const access = accessOf(env);
  const cluster = createCluster({
    rootNodes: (serversOf(nodes) ?? []).map((server) => clientOptions(access, server)),
    // For the nodes that it finds by itself too.
    defaults: clientOptions(access),
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
