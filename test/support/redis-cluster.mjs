import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../scripts/test-tools.mjs';
import { freePort } from './processes.mjs';
import { startRedisServer } from './redis-server.mjs';

const MASTERS = 3;
const START_LIMIT_MS = 20_000;

const cli = (...args) => execFileSync(findProgram('redis-cli'), args, { encoding: 'utf8' });

async function untilItServes(node) {
  const port = new URL(node).port;
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(100)) {
    if (cli('-p', port, 'CLUSTER', 'INFO').includes('cluster_state:ok')) return;
  }
  throw new Error('The private Redis Cluster of the tests does not start');
}

/** Ports that no program listens on just now, for a cluster that comes later. */
export async function freeClusterPorts() {
  return Promise.all(Array.from({ length: MASTERS }, freePort));
}

/**
 * Starts a private Redis Cluster of three masters on loopback.
 * @param settings makes further settings of each
 */
export async function startRedisCluster(ports, settings = () => ({})) {
  const servers = [];
  for (const [index, port] of (ports ?? (await freeClusterPorts())).entries()) {
    servers.push(
      await startRedisServer({
        port,
        databases: 1,
        'cluster-enabled': 'yes',
        'cluster-port': await freePort(),
        ...settings(index),
      }),
    );
  }
  const nodes = servers.map(({ url }) => url.replace('redis://', ''));
  cli('--cluster', 'create', ...nodes, '--cluster-yes');
  for (const { url } of servers) await untilItServes(url);
  return {
    nodes: nodes.join(','),
    servers,
    stop: () => Promise.all(servers.map((server) => server.stop())),
  };
}
