import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { privateRedis, privateRedisCluster } from '../support/private-servers.js';
import { freeClusterPorts } from '../support/redis-cluster.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import type { Variables } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';

const SETTINGS = { 'enable-debug-command': 'local', 'repl-diskless-sync-delay': 0 };

const IN_STEP_LIMIT_MS = 20_000;

/** The Redis of services, of which every server can be broken. */
export interface FaultyRedis {
  /** What the services have to be started with. */
  readonly variables: Variables;
  /** The server that the next fault strikes. */
  next(): RedisServer;
  /** Lets the primary die, and puts its replica in its place; the old one comes back as replica after a while. */
  promote(lastingMs: number): Promise<void>;
}

/** A primary and its replica, at one address. */
export async function replicatedRedis(): Promise<FaultyRedis> {
  let [primary, replica] = [await privateRedis(SETTINGS), await privateRedis(SETTINGS)];
  const follow = () => replica.cli('REPLICAOF', '127.0.0.1', String(primary.port));
  await follow();
  const address = await SlowProxy.to(primary.port);
  return {
    variables: { REDIS_URL: `redis://127.0.0.1:${address.port}` },
    next: () => primary,
    async promote(lastingMs) {
      await eventually(async () => {
        expect(await replica.cli('INFO', 'replication')).toContain('master_link_status:up');
      }, IN_STEP_LIMIT_MS);
      await primary.kill();
      await replica.cli('REPLICAOF', 'NO', 'ONE');
      [primary, replica] = [replica, primary];
      address.targetPort = primary.port;
      await sleep(lastingMs);
      await replica.start();
      await follow();
    },
  };
}

/** A cluster of three masters; one after the other is struck. */
export async function clusteredRedis(): Promise<FaultyRedis> {
  const { nodes, servers } = await privateRedisCluster(await freeClusterPorts(), () => SETTINGS);
  let turn = 0;
  return {
    variables: { REDIS_CLUSTER_NODES: nodes },
    next: () => servers[turn++ % servers.length]!,
    promote: () => Promise.reject(new Error('No master of this cluster has a replica')),
  };
}
