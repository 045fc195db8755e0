import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { privateRedis } from '../support/private-servers.js';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server } from '../support/server.js';
import { SlowProxy } from '../support/slow-proxy.js';
import { renewed } from '../support/tokens.js';
import { RECOVERY_LIMIT_MS } from './load-record.js';
import { MixedLoad } from './mixed-load.js';
import { expectPromptRefusal, readiness, requestsOf, TEST_LIMIT_MS } from './outage.js';

/** The documented timeout and 200 ms, with threefold room for a busy machine. */
const SLOW_ANSWER_LIMIT_MS = 3 * (1_500 + 200);

/** Reads one after the other: each is served, and in time. */
async function expectBoundedAnswers(client: Client, token: string): Promise<void> {
  for (let count = 0; count < 10; count++) {
    const startedMs = performance.now();
    expect(await client.accepts(token)).toBe(true);
    expect(performance.now() - startedMs).toBeLessThan(SLOW_ANSWER_LIMIT_MS);
  }
}

describe('A service whose Redis', () => {
  let redis: RedisServer;

  beforeEach(async () => {
    redis = await privateRedis();
  });

  it(
    'refuses its password answers 503 with a quiet log, and serves again by itself (F9)',
    async () => {
      const server = await Server.start({ REDIS_URL: redis.url });
      const { client } = server;
      const account = await client.newSession();
      const load = await MixedLoad.on(server);
      await sleep(4_000);

      await redis.cli('CONFIG', 'SET', 'requirepass', 'changed');
      const withPassword = ['-a', 'changed', '--no-auth-warning'];
      await redis.cli(...withPassword, 'CLIENT', 'KILL', 'TYPE', 'normal');
      const errors = () => server.lines.filter(({ level }) => level === 'error').length;
      const linesBefore = errors();
      await expectPromptRefusal(client.get('/user', { bearer: account.token }));
      await readiness(client, 503);
      await sleep(4_000);
      const lines = errors() - linesBefore;
      expect(lines).toBeGreaterThan(0);
      expect(lines / 4).toBeLessThan(10);

      await redis.cli(...withPassword, 'CONFIG', 'SET', 'requirepass', '');
      const changedMs = performance.now();
      await readiness(client, 200);
      expect(await client.accepts(account.token)).toBe(true);
      await load.untilServed(changedMs);
      await load.stopAndCheck();
      load.record.expectRecovery(changedMs);
    },
    TEST_LIMIT_MS,
  );

  it(
    'takes away the rights of its user answers 503 with a quiet log, and serves again by itself (F9)',
    async () => {
      const acl = (...rules: string[]) => redis.cli('ACL', 'SETUSER', 'gatehouse', ...rules);
      await acl('on', '>a password', '~*', '&*', '+@all');
      const url = `redis://gatehouse:${encodeURIComponent('a password')}@127.0.0.1:${redis.port}`;
      const server = await Server.start({ REDIS_URL: url });
      const { client } = server;
      const account = await client.newSession();

      expect(await acl('-@all')).toBe('OK');
      const linesBefore = server.lines.length;
      for (const send of requestsOf(client, account.token, account)) {
        await expectPromptRefusal(send());
      }
      await readiness(client, 503);
      await sleep(4_000);
      const errors = server.lines.slice(linesBefore).filter(({ level }) => level === 'error');
      expect(errors.length / 4).toBeLessThan(10);

      expect(await acl('+@all')).toBe('OK');
      await readiness(client, 200);
      expect(await client.accepts(account.token)).toBe(true);
      expect(await client.accepts(await client.login(account))).toBe(true);
    },
    TEST_LIMIT_MS,
  );

  it(
    'answers half a second late is waited for, five seconds late is not (F8, S82)',
    async () => {
      const proxy = await SlowProxy.to(redis.port);
      const { client } = await Server.start({ REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
      await readiness(client, 200);
      const account = await client.newSession();

      proxy.delayMs = 500;
      await sleep(1_000);
      await expectBoundedAnswers(client, account.token);
      expect(await client.accepts(account.token)).toBe(true);
      const token = await renewed(client, account.token);
      expect(await client.accepts(await client.login(account))).toBe(true);

      proxy.delayMs = 5_000;
      await Promise.all(
        requestsOf(client, token, account).map((send) => expectPromptRefusal(send())),
      );

      proxy.delayMs = 0;
      const healedMs = performance.now();
      await readiness(client, 200);
      expect(await client.accepts(token)).toBe(true);
      expect(performance.now() - healedMs).toBeLessThan(RECOVERY_LIMIT_MS);
    },
    TEST_LIMIT_MS,
  );
});
