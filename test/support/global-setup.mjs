import { requireTestTools } from '../../scripts/test-tools.mjs';
import { startPostgresCluster } from './postgres-cluster.mjs';

/** Says what is missing before the first test fails of it, and starts the servers that tests share. */
export default async function globalSetup() {
  requireTestTools();
  if (process.env.TEST_POSTGRES_URL) return;
  const cluster = await startPostgresCluster();
  globalThis.stopTestServers = () => cluster.stop();
  process.env.TEST_POSTGRES_URL = cluster.url;
}
