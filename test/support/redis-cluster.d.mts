import type { RedisServer } from './redis-server.mjs';

export interface RedisCluster {
  /** HOST:PORT of each master, with commas. */
  readonly nodes: string;
  readonly servers: RedisServer[];
  stop(): Promise<unknown>;
}

/** Ports that nothing listens on just now, for a cluster that comes later. */
export function freeClusterPorts(): Promise<number[]>;

export function startRedisCluster(
  ports?: number[],
  settings?: (index: number) => Record<string, string | number>,
): Promise<RedisCluster>;
