import { eventually } from '../support/eventually.js';
import { CertificateAuthority } from '../support/certificates.js';
import { gatehouse } from '../support/cli.js';
import { privateRedis, privateRedisCluster, privateSentinels } from '../support/private-servers.js';
import { freePort } from '../support/processes.mjs';
import { freeClusterPorts } from '../support/redis-cluster.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server, temporaryDirectory, type Variables } from '../support/server.js';
import { renewed } from '../support/tokens.js';

const PASSWORD = 'p@ss/wörd #1:?';
const USER = ['gatehouse', 'on', `>${PASSWORD}`, '~gatehouse:*'];
const RIGHTS = '+@read +@write +@scripting +@connection -@dangerous +info +time'.split(' ');
const CLUSTER_RIGHTS = ['+cluster|slots'];

const authority = new CertificateAuthority();
const ca = authority.file;
const { cert, key } = authority.issue('server', 'IP:127.0.0.1,DNS:localhost');

const ENCRYPTED = {
  'tls-cert-file': cert,
  'tls-key-file': key,
  'tls-ca-cert-file': ca,
  'tls-auth-clients': 'no',
};

const ACCESS: Variables = {
  REDIS_USERNAME: 'gatehouse',
  REDIS_PASSWORD: PASSWORD,
  REDIS_TLS: 'true',
  NODE_EXTRA_CA_CERTS: ca,
};

async function encryptedRedis(settings: Record<string, string | number> = {}) {
  const tlsPort = await freePort();
  const redis = await privateRedis({ 'tls-port': tlsPort, ...ENCRYPTED, ...settings });
  await addUser(redis);
  return { redis, tlsPort };
}

async function addUser({ cli }: Pick<RedisServer, 'cli'>): Promise<void> {
  await cli('ACL', 'SETUSER', ...USER, ...RIGHTS, ...CLUSTER_RIGHTS);
}

/** That the service logs people in, and has no connection as another user. */
async function expectServed(variables: Variables, redis: RedisServer[]): Promise<void> {
  const { client, stop } = await started(variables);
  for (let count = 0; count < 10; count++) {
    const { token } = await client.newSession();
    expect(await client.accepts(await renewed(client, token))).toBe(true);
  }
  for (const server of redis) {
    const clients = (await server.cli('CLIENT', 'LIST', 'TYPE', 'NORMAL')).split('\n');
    const mine = clients.filter((line) => !/name=sentinel|cmd=client\|list/.test(line));
    expect(mine.length).toBeGreaterThan(0);
    for (const line of mine) expect(line).toContain('user=gatehouse');
  }
  await stop();
}

async function started(variables: Variables) {
  const server = await Server.start(variables);
  await eventually(async () => {
    expect((await server.client.get('/health/ready')).status).toBe(200);
  }, 10_000);
  return { client: server.client, stop: () => server.stop() };
}

describe('Redis with TLS and a user is served', () => {
  it('by REDIS_URL', async () => {
    const { redis, tlsPort } = await encryptedRedis();
    const url = `rediss://gatehouse:${encodeURIComponent(PASSWORD)}@localhost:${tlsPort}/3`;
    const { NODE_EXTRA_CA_CERTS } = ACCESS;
    await expectServed({ REDIS_URL: url, NODE_EXTRA_CA_CERTS: NODE_EXTRA_CA_CERTS ?? '' }, [redis]);
    expect(await redis.cli('INFO', 'keyspace')).toContain('db3:');
  }, 60_000);

  it('by REDIS_HOST', async () => {
    const { redis, tlsPort } = await encryptedRedis();
    const variables = { ...ACCESS, REDIS_HOST: '127.0.0.1', REDIS_PORT: String(tlsPort) };
    await expectServed(variables, [redis]);
  }, 60_000);

  it('by REDIS_CLUSTER_NODES, every node', async () => {
    const ports = await freeClusterPorts();
    const tlsPorts = await freeClusterPorts();
    const cluster = await privateRedisCluster(ports, (index) => ({
      ...ENCRYPTED,
      'tls-cluster': 'yes',
      'tls-port': tlsPorts[index] ?? 0,
    }));
    for (const server of cluster.servers) await addUser(server);
    const [first] = tlsPorts;
    const variables = { ...ACCESS, REDIS_CLUSTER_NODES: `127.0.0.1:${first}` };
    await expectServed(variables, cluster.servers);
  }, 90_000);

  it('by REDIS_SENTINELS, whose sentinels want TLS too, and know no such user', async () => {
    const { redis, tlsPort } = await encryptedRedis({ 'tls-replication': 'yes' });
    const replica = await encryptedRedis({ 'tls-replication': 'yes' });
    await replica.redis.cli('REPLICAOF', '127.0.0.1', String(tlsPort));
    const sentinels = await privateSentinels(tlsPort, ENCRYPTED);
    const variables = {
      ...ACCESS,
      REDIS_SENTINELS: sentinels.nodes,
      REDIS_SENTINEL_NAME: sentinels.name,
    };
    await expectServed(variables, [redis]);

    const place = { directory: temporaryDirectory(), variables };
    const { stdout } = await gatehouse(place, ['config', 'check', '--connect']);
    expect(stdout).toMatch(/^ok +redis +3 of 3 sentinels answer and know the primary$/m);
    expect(stdout).toMatch(/^warning +redis .*min-replicas-to-write to 1$/m);
    await sentinels.kill(0);
    await redis.cli('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const later = await gatehouse(place, ['config', 'check', '--connect']);
    expect(later.stdout).toMatch(/^warning +redis +2 of 3 sentinels answer/m);
    expect(later.stdout).toMatch(/^ok +redis +min-replicas-to-write is set$/m);

    const unknown = { ...variables, REDIS_SENTINEL_NAME: 'nobody' };
    const wrong = await gatehouse({ ...place, variables: unknown }, [
      ...['config', 'check', '--connect'],
    ]);
    expect([wrong.code, wrong.stdout]).toEqual([
      1,
      expect.stringMatching(/^wrong +redis .*No sentinel knows.*REDIS_SENTINEL_NAME$/m),
    ]);
  }, 90_000);
});
