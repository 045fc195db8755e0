import { type PostgresCluster, startPostgresCluster } from './postgres-cluster.mjs';
import { type RedisCluster, startRedisCluster } from './redis-cluster.mjs';
import { type RedisSentinels, startSentinels } from './redis-sentinels.mjs';
import { type RedisServer, startRedisServer } from './redis-server.mjs';
// Before the servers are stopped, that file stops the services that use them.
import './server.js';

const running: { stop(): Promise<unknown> }[] = [];

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
});

/** A Redis of the test file's own, which it may harm. */
export async function privateRedis(
  settings?: Record<string, string | number>,
): Promise<RedisServer> {
  const server = await startRedisServer(settings);
  running.push(server);
  return server;
}

/** A Redis Cluster of the test file's own, which it may harm. */
export async function privateRedisCluster(
  ports: number[],
  settings?: (index: number) => Record<string, string | number>,
): Promise<RedisCluster> {
  const cluster = await startRedisCluster(ports, settings);
  running.push(cluster);
  return cluster;
}

/** Sentinels of the test file's own for a Redis that has its replicas. */
export async function privateSentinels(
  primaryPort: number,
  encryption?: Record<string, string>,
): Promise<RedisSentinels> {
  const sentinels = await startSentinels(primaryPort, encryption);
  running.push(sentinels);
  return sentinels;
}

/** A PostgreSQL of the test file's own, which it may harm. */
export async function privatePostgres(
  settings?: Record<string, string | number>,
): Promise<PostgresCluster> {
  const server = await startPostgresCluster(settings);
  running.push(server);
  return server;
}
