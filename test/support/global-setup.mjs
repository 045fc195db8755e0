import { requireTestTools } from '../../scripts/test-tools.mjs';
import { startPostgresCluster } from './postgres-cluster.mjs';
import { startRedisCluster } from './redis-cluster.mjs';
import { startRedisServer } from './redis-server.mjs';

/** Says what is missing before the first test fails of it, and starts the servers that tests share. */
export default async function globalSetup() {
  requireTestTools();
  const servers = [];
  globalThis.stopTestServers = () => Promise.all(servers.map((server) => server.stop()));
  if (!process.env.TEST_POSTGRES_URL) {
    servers.push(await startPostgresCluster());
    process.env.TEST_POSTGRES_URL = servers.at(-1).url;
  }
  if (!process.env.TEST_REDIS_URL) {
    servers.push(await startRedisServer());
    process.env.TEST_REDIS_URL = servers.at(-1).url;
  }
  servers.push(await startRedisCluster());
  process.env.TEST_REDIS_CLUSTER_NODES = servers.at(-1).nodes;
}
