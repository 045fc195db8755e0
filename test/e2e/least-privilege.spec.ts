import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { newPostgresDatabase } from '../support/postgres.js';
import { privateRedis } from '../support/private-servers.js';
import { Server } from '../support/server.js';
import { logOut, renewed } from '../support/tokens.js';

const ROLE = `gatehouse_${randomBytes(6).toString('hex')}`;
const PASSWORD = randomBytes(12).toString('hex');

/** What docs/security.md gives the service in Redis. */
const REDIS_RULES = '~gatehouse:* +@read +@write +@scripting +@connection -@dangerous +info +time';

/** A database of a role that owns it and may do nothing else. */
async function ownDatabase(): Promise<string> {
  const url = new URL(await newPostgresDatabase());
  const admin = new pg.Client({ connectionString: process.env.TEST_POSTGRES_URL });
  await admin.connect();
  await admin.query(
    `CREATE ROLE ${ROLE} LOGIN PASSWORD '${PASSWORD}' NOSUPERUSER NOCREATEDB NOCREATEROLE`,
  );
  await admin.query(`ALTER DATABASE ${url.pathname.slice(1)} OWNER TO ${ROLE}`);
  await admin.end();
  [url.username, url.password] = [ROLE, PASSWORD];
  return url.href;
}

describe('With accounts of its own and no more rights than it needs', () => {
  it('the service does everything (S86)', async () => {
    const redis = await privateRedis();
    await redis.cli('ACL', 'SETUSER', ROLE, 'on', `>${PASSWORD}`, ...REDIS_RULES.split(' '));
    await redis.cli('ACL', 'SETUSER', 'default', 'off');
    const { client } = await Server.start({
      DATABASE_URL: await ownDatabase(),
      REDIS_URL: `redis://${ROLE}:${PASSWORD}@127.0.0.1:${redis.port}`,
    });
    expect((await client.get('/health/ready')).status).toBe(200);

    const { token, ...account } = await client.newSession();
    expect((await client.get(`/api/users/${account.id}`)).status).toBe(200);
    const elsewhere = await client.login(account);
    const next = await renewed(client, token);
    const json = { username: `${account.username}-2`, password: 'battery staple' };
    const { status, body } = await client.put('/user', { bearer: next, json });
    expect([status, await client.accepts(elsewhere)]).toEqual([200, false]);
    expect((await client.get('/user/sessions', { bearer: body.token })).status).toBe(200);
    expect((await client.get('/user/events', { bearer: body.token })).status).toBe(200);
    await logOut(client, body.token);
    expect(await client.accepts(body.token)).toBe(false);
    const last = await client.login(json);
    expect((await client.delete('/user', { bearer: last })).status).toBe(200);
    expect((await client.get('/health/ready')).status).toBe(200);
  }, 60_000);
});
