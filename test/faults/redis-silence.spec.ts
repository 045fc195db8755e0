import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../support/eventually.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { renewed } from '../support/tokens.js';
import { RECOVERY_LIMIT_MS } from './load-record.js';
import { lowestMemoryMb, MEMORY_LIMIT_MB } from './memory.js';
import { MixedLoad } from './mixed-load.js';
import { expectPromptRefusal, readiness, TEST_LIMIT_MS } from './outage.js';

const SILENCE_MS = 10_000;

describe('A service whose Redis moves to another host', () => {
  let primary: RedisServer;
  let replica: RedisServer;
  let proxy: SlowProxy;
  let server: Server;

  beforeEach(async () => {
    [primary, replica] = [await privateRedis(), await privateRedis()];
    proxy = await SlowProxy.to(primary.port);
    server = await Server.start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
    await replica.cli('REPLICAOF', '127.0.0.1', String(primary.port));
    await eventually(async () => {
      expect(await replica.cli('INFO', 'replication')).toContain('master_link_status:up');
    }, 10_000);
  });

  async function inStep(): Promise<void> {
    const size = await primary.cli('DBSIZE');
    await eventually(async () => {
      expect(await replica.cli('DBSIZE')).toBe(size);
    }, 10_000);
  }

  it(
    'because the first fell silent gives that up under load, and serves (F3)',
    async () => {
      const { client } = server;
      const account = await client.newSession();
      await inStep();
      const load = await MixedLoad.on(server);
      await sleep(4_000);

      const memoryMb = await lowestMemoryMb(server);
      proxy.isSilent = true;
      await expectPromptRefusal(client.get('/user', { bearer: account.token }));
      await readiness(client, 503);
      await replica.cli('REPLICAOF', 'NO', 'ONE');
      await sleep(SILENCE_MS);
      proxy.targetPort = replica.port;
      proxy.isSilent = false;
      const movedMs = performance.now();
      await readiness(client, 200);
      expect(await client.accepts(await renewed(client, account.token))).toBe(true);
      await sleep(RECOVERY_LIMIT_MS);
      expect((await lowestMemoryMb(server)) - memoryMb).toBeLessThan(MEMORY_LIMIT_MB);
      await load.stopAndCheck();
      load.record.expectRecovery(movedMs);
    },
    TEST_LIMIT_MS,
  );

  it(
    'and whose old host lives on as a replica finds the new one (F7)',
    async () => {
      const { client } = server;
      const account = await client.newSession();
      await inStep();
      await replica.cli('REPLICAOF', 'NO', 'ONE');
      await primary.cli('REPLICAOF', '127.0.0.1', String(replica.port));
      await expectPromptRefusal(client.post('/renew_token', { bearer: account.token }));
      proxy.targetPort = replica.port;
      await readiness(client, 200);
      expect(await client.accepts(await renewed(client, account.token))).toBe(true);
    },
    TEST_LIMIT_MS,
  );
});
