import { gatehouse } from '../support/cli.js';
import { eventually } from '../support/eventually.js';
import { privateRedis, privateSentinels } from '../support/private-servers.js';
import type { RedisSentinels } from '../support/redis-sentinels.mjs';
import type { RedisServer } from '../support/redis-server.mjs';
import { Server, temporaryDirectory, type Variables } from '../support/server.js';
import { renewed } from '../support/tokens.js';

const PASSWORD = 'p@ss/wörd #1:?';
const OTHER_PASSWORD = 'änd another #2';
const USER = ['gatehouse', 'on', `>${PASSWORD}`, '~*', '+@all'];

/** How redis-cli logs in to a sentinel once it lets nobody in without a password. */
const AS_USER = ['--user', 'gatehouse', '--pass', PASSWORD];
const WITH_PASSWORD = ['--pass', OTHER_PASSWORD];

const TEST_LIMIT_MS = 120_000;

interface Group {
  primary: RedisServer;
  replica: RedisServer;
  sentinels: RedisSentinels;
  variables: Variables;
}

/** A primary and its replica, which know the user, and sentinels, which want no password. */
async function group(): Promise<Group> {
  const [primary, replica] = [await privateRedis(), await privateRedis()];
  for (const server of [primary, replica]) await server.cli('ACL', 'SETUSER', ...USER);
  await replica.cli('REPLICAOF', '127.0.0.1', String(primary.port));
  const sentinels = await privateSentinels(primary.port);
  const variables = {
    REDIS_SENTINELS: sentinels.nodes,
    REDIS_SENTINEL_NAME: sentinels.name,
    REDIS_USERNAME: 'gatehouse',
    REDIS_PASSWORD: PASSWORD,
  };
  return { primary, replica, sentinels, variables };
}

/** Runs a command on each sentinel. */
async function onEach(sentinels: RedisSentinels, ...words: string[]): Promise<string[]> {
  return Promise.all(sentinels.ports.map((port) => sentinels.cliOf(port, ...words)));
}

/** Resolves once the service is connected to each sentinel as that user. It alone asks them for the primary. */
async function askedAs(user: string, sentinels: RedisSentinels, access: string[]): Promise<void> {
  await eventually(async () => {
    for (const clients of await onEach(sentinels, ...access, 'CLIENT', 'LIST', 'TYPE', 'NORMAL')) {
      const asking = clients.split('\n').filter((line) => line.includes('cmd=sentinel|get-master'));
      expect(asking).toEqual([expect.stringContaining(` user=${user} `)]);
    }
  }, 20_000);
}

/** That the service goes where the sentinels send it, which only they can tell it. */
async function expectFollowed(
  { primary, replica, sentinels }: Group,
  server: Server,
  access: string[],
): Promise<void> {
  const { client } = server;
  const { token } = await client.newSession();
  // What the replica has not heard of is lost with the primary.
  const size = await primary.cli('DBSIZE');
  await eventually(async () => {
    expect(await replica.cli('INFO', 'replication')).toContain('master_link_status:up');
    expect(await replica.cli('DBSIZE')).toBe(size);
  }, 20_000);
  const [port] = sentinels.ports;
  await sentinels.cliOf(port!, ...access, 'SENTINEL', 'FAILOVER', sentinels.name);
  // So is what the old primary takes until it is told that it is none.
  await eventually(async () => {
    expect(await replica.cli('INFO', 'replication')).toContain('role:master');
    expect(await primary.cli('INFO', 'replication')).toContain('role:slave');
    const users = async (server: RedisServer) => server.cli('CLIENT', 'LIST', 'TYPE', 'NORMAL');
    expect(await users(primary)).not.toContain(' user=gatehouse ');
    expect(await users(replica)).toContain(' user=gatehouse ');
    expect((await client.get('/health/ready')).status).toBe(200);
  }, 30_000);
  expect(await client.accepts(await renewed(client, token))).toBe(true);
}

async function checked(variables: Variables): Promise<string> {
  const place = { directory: temporaryDirectory(), variables };
  return (await gatehouse(place, ['config', 'check', '--connect'])).stdout;
}

describe('Sentinels that', () => {
  it(
    'are given the user of Redis, or lose it, while the service runs, are asked all the same',
    async () => {
      const all = await group();
      const { sentinels, variables } = all;
      const server = await Server.start(variables);
      await askedAs('default', sentinels, []);

      await onEach(sentinels, 'ACL', 'SETUSER', ...USER);
      await onEach(sentinels, ...AS_USER, 'ACL', 'SETUSER', 'default', 'off');
      await onEach(sentinels, ...AS_USER, 'CLIENT', 'KILL', 'TYPE', 'normal');
      await askedAs('gatehouse', sentinels, AS_USER);
      await expectFollowed(all, server, AS_USER);

      await onEach(sentinels, ...AS_USER, 'ACL', 'SETUSER', 'default', 'on', 'nopass');
      // That closes the connections of the user.
      await onEach(sentinels, 'ACL', 'DELUSER', 'gatehouse');
      await askedAs('default', sentinels, []);
    },
    TEST_LIMIT_MS,
  );

  it(
    'have a password of their own are given that one',
    async () => {
      const all = await group();
      const { sentinels, variables } = all;
      await onEach(sentinels, 'ACL', 'SETUSER', 'default', 'resetpass', `>${OTHER_PASSWORD}`);
      const withPassword = { ...variables, REDIS_SENTINEL_PASSWORD: OTHER_PASSWORD };
      const wrongPassword = { ...variables, REDIS_SENTINEL_PASSWORD: 'wrong' };
      const { REDIS_SENTINELS = '', REDIS_SENTINEL_NAME = '' } = variables;

      expect(await checked(withPassword)).toMatch(
        /^ok +redis +3 of 3 sentinels answer and know the primary$/m,
      );
      for (const [refused, code] of [
        [wrongPassword, 'WRONGPASS'],
        [variables, 'WRONGPASS'],
        [{ REDIS_SENTINELS, REDIS_SENTINEL_NAME }, 'NOAUTH'],
      ] as const) {
        const line = `^wrong +redis +.*No sentinel can be asked: ${code} .*REDIS_SENTINEL_PASSWORD`;
        expect(await checked(refused)).toMatch(new RegExp(line, 'm'));
      }

      const server = await Server.start(withPassword);
      await expectFollowed(all, server, WITH_PASSWORD);
    },
    TEST_LIMIT_MS,
  );
});
