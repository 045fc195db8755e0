import { execFileSync } from 'node:child_process';
import { requireTestTools } from '../../scripts/test-tools.mjs';
import { startPostgresCluster } from './postgres-cluster.mjs';
import { startRedisCluster } from './redis-cluster.mjs';
import { startRedisServer } from './redis-server.mjs';

/**
 * Builds the service. Says which program is missing before the first test fails for it, and starts the servers
 * that tests share.
 */
export default async function globalSetup() {
  requireTestTools();
  for (const script of ['build-if-needed', 'client-packages']) {
    execFileSync('node', [`scripts/${script}.mjs`], { stdio: 'inherit' });
  }
  const shippedNode = execFileSync('node', ['scripts/shipped-node.mjs'], { encoding: 'utf8' });
  process.env.SHIPPED_NODE = shippedNode.trim();
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
