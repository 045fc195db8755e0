import { METHODS, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeOnEachBackend } from '../support/backends.js';
import { uniqueName, type Client } from '../support/client.js';
import { eventually } from '../support/eventually.js';
import { growth, scrape } from '../support/scrape.js';
import { Server } from '../support/server.js';
import { atOnce, logOut, pastHalfLife, renew, renewed, untilSecond } from '../support/tokens.js';

const EVENTS = /^gatehouse_(logins|registrations|token_\w+|revocations)_total/;
const HASHES = /^gatehouse_password_hash_duration_seconds_count/;
const REQUESTS = /^gatehouse_http_request_duration_seconds_count/;

/** As many log-ins as may wait for their hash on one core. */
const BURST = 30;

const TTL_SECONDS = 6;
const REUSE_SECONDS = 3;

function requestsOf(method: string, route: string, status: number): string {
  const labels = `method="${method}",route="${route}",status="${status}"`;
  return `gatehouse_http_request_duration_seconds_count{${labels}}`;
}

describeOnEachBackend('The metrics', (start) => {
  let client: Client;

  beforeAll(async () => {
    ({ client } = await start({
      TOKEN_TTL: String(TTL_SECONDS),
      TOKEN_REUSE_INTERVAL: String(REUSE_SECONDS),
      MAX_SESSIONS: '2',
    }));
  });

  const eventsOf = (use: () => Promise<unknown>) => growth(client, EVENTS, use);

  it('count registrations that succeeded', async () => {
    const taken = await client.register();
    const counted = await eventsOf(async () => {
      await client.register();
      await client.register();
      await client.post('/user', { json: taken });
      await client.post('/api/users', { json: { username: 'sue', password: 'x' } });
    });
    expect(counted).toEqual({ gatehouse_registrations_total: 2 });
  });

  it('count log-ins by how they ended, on every route that takes a password', async () => {
    const account = await client.register();
    const { username, password } = account;
    const right = `${username}:${password}`;
    const counted = await eventsOf(async () => {
      await client.login(account);
      await client.get('/api/token', { basic: right });
      await client.get('/api/resource', { basic: right });
      await client.post('/authenticate_user', { json: { username, password: 'wrong' } });
      await client.post('/authenticate_user', { json: { username: uniqueName(), password } });
      await client.get('/api/token', { basic: `${username}:wrong` });
    });
    expect(counted).toEqual({
      'gatehouse_logins_total{outcome="succeeded"}': 3,
      'gatehouse_logins_total{outcome="failed"}': 3,
    });
  });

  it('count a wrong current password as a failed log-in, and no token as one', async () => {
    const { token } = await client.newSession();
    const counted = await eventsOf(async () => {
      const json = { password: 'another horse', current_password: 'wrong' };
      expect((await client.put('/user', { bearer: token, json })).status).toBe(400);
      expect((await client.get('/api/resource', { basic: `${token}:` })).status).toBe(200);
    });
    expect(counted).toEqual({ 'gatehouse_logins_total{outcome="failed"}': 1 });
  });

  it('count renewals that made a token, and the reuse of one', async () => {
    const { token } = await client.newSession();
    const { token: other } = await client.newSession();
    const renewals = await eventsOf(async () => {
      const next = await renewed(client, token);
      // A repeated one answers the token that the first one made.
      await renewed(client, token);
      expect(await client.accepts(next)).toBe(true);
      await untilSecond(pastHalfLife(other));
      await client.get('/user', { bearer: other });
      await client.get('/user', { bearer: other });
    });
    expect(renewals).toEqual({
      'gatehouse_token_renewals_total{kind="hard"}': 1,
      'gatehouse_token_renewals_total{kind="soft"}': 1,
    });
    await sleep(REUSE_SECONDS * 1000);
    const reuses = await eventsOf(async () => {
      expect((await renew(client, token)).status).toBe(401);
      expect((await renew(client, token)).status).toBe(401);
    });
    expect(reuses).toEqual({
      gatehouse_token_reuses_total: 1,
      'gatehouse_revocations_total{cause="token_reuse"}': 1,
    });
  });

  it('count revocations by their cause', async () => {
    const account = await client.newSession();
    const logins = 'gatehouse_logins_total{outcome="succeeded"}';
    const revocations = (cause: string) => `gatehouse_revocations_total{cause="${cause}"}`;

    const limited = async () => {
      await client.login(account);
      await client.login(account);
    };
    expect(await eventsOf(limited)).toEqual({ [logins]: 2, [revocations('session_limit')]: 1 });

    const loggedOut = async () => {
      await logOut(client, await client.login(account));
      const token = await client.login(account);
      const { sessions } = (await client.get('/user/sessions', { bearer: token })).body;
      await client.delete(`/user/sessions/${sessions[0].id}`, { bearer: token });
      await client.delete('/user/sessions', { bearer: await client.login(account) });
    };
    expect(await eventsOf(loggedOut)).toEqual({
      [logins]: 3,
      [revocations('session_limit')]: 1,
      [revocations('logout')]: 2,
      [revocations('logout_everywhere')]: 1,
    });

    const changed = async () => {
      const bearer = await client.login(account);
      const json = { password: 'another horse' };
      const { body } = await client.put('/user', { bearer, json });
      await client.delete('/user', { bearer: body.token });
    };
    expect(await eventsOf(changed)).toEqual({
      [logins]: 1,
      [revocations('password_change')]: 1,
      [revocations('account_deletion')]: 1,
    });
  });

  it('count requests by method, route and status', async () => {
    const { id, token } = await client.newSession();
    const counted = await growth(client, REQUESTS, async () => {
      await client.get('/user?a=b', { bearer: token });
      await client.get('/user', { bearer: token });
      await client.get('/user');
      await client.request('HEAD', `/api/users/${id}`);
      await client.get(`/api/users/${id}`);
      await client.get('/api/users/somebody');
      await client.delete('/user/sessions/unknown', { bearer: token });
      await client.get('/nowhere');
      await client.request('PATCH', '/user');
    });
    expect(counted).toEqual({
      [requestsOf('GET', '/user', 200)]: 2,
      [requestsOf('GET', '/user', 401)]: 1,
      [requestsOf('HEAD', '/api/users/:id', 200)]: 1,
      [requestsOf('GET', '/api/users/:id', 200)]: 1,
      [requestsOf('GET', '/api/users/:id', 400)]: 1,
      [requestsOf('DELETE', '/user/sessions/:id', 404)]: 1,
      [requestsOf('GET', 'unmatched', 404)]: 1,
      [requestsOf('PATCH', 'unmatched', 405)]: 1,
      [requestsOf('GET', '/metrics', 200)]: 1,
    });
  });

  it('show the hashes and the operations of the stores that requests cost', async () => {
    const { token, ...account } = await client.newSession();
    const hashes = await growth(client, HASHES, () => client.login(account));
    const key = 'gatehouse_password_hash_duration_seconds_count{function="argon2id"}';
    expect(hashes).toEqual({ [key]: 1 });
    const operations = /^gatehouse_store_operation_duration_seconds_count/;
    const reads = await growth(client, operations, () => client.get('/user', { bearer: token }));
    // The pruning job asks too.
    expect(Object.values(reads)[0]).toBeGreaterThanOrEqual(1);
  });

  it('show how many hashes run and wait in a burst of log-ins, and that none does after it', async () => {
    const { username, password } = await client.register();
    // Whatever they are answered on a busy machine.
    const ask = () => client.post('/authenticate_user', { json: { username, password } });
    const [running, waiting] = [
      'gatehouse_password_hashes_running',
      'gatehouse_password_hashes_waiting',
    ];
    const most = { [running]: 0, [waiting]: 0 };
    // A single burst may be over before anybody looks.
    await eventually(async () => {
      const burst = { isOver: false };
      const logins = atOnce(BURST, ask).finally(() => (burst.isOver = true));
      while (!burst.isOver) {
        const series = await scrape(client);
        for (const key of [running, waiting]) most[key] = Math.max(most[key]!, series.get(key)!);
        await sleep(20);
      }
      await logins;
      for (const key of [running, waiting]) expect(most[key]).toBeGreaterThan(0);
    }, 20_000);
    expect(most[running]! + most[waiting]!).toBeLessThanOrEqual(BURST);
    const after = await scrape(client);
    expect([after.get(running), after.get(waiting)]).toEqual([0, 0]);
  });

  it('tell of the process', async () => {
    const series = await scrape(client);
    expect(series.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect(series.get('nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });
});

describeOnEachBackend('Live sessions', (start) => {
  it('are those that can still be renewed', async () => {
    const { client } = await start();
    const { token, ...account } = await client.newSession();
    await client.login(account);
    await client.newSession();
    await logOut(client, token);
    expect((await scrape(client)).get('gatehouse_live_sessions')).toBe(2);
  });
});

describe('The metrics', () => {
  it('count log-ins that were refused, on every route that takes a password', async () => {
    const { client } = await Server.start({ LOGIN_MAX_FAILURES: '2', LOGIN_WINDOW: '3600' });
    const { token, ...account } = await client.newSession();
    const { username } = account;
    const counted = await growth(client, EVENTS, async () => {
      const wrong = { json: { username, password: 'wrong' } };
      expect((await client.post('/authenticate_user', wrong)).status).toBe(401);
      const json = { password: 'another horse', current_password: 'wrong' };
      expect((await client.put('/user', { bearer: token, json })).status).toBe(400);
      expect((await client.put('/user', { bearer: token, json })).status).toBe(429);
      expect((await client.post('/authenticate_user', wrong)).status).toBe(429);
      expect((await client.get('/api/token', { basic: `${username}:x` })).status).toBe(429);
    });
    expect(counted).toEqual({
      'gatehouse_logins_total{outcome="failed"}': 2,
      'gatehouse_logins_total{outcome="throttled"}': 3,
    });
  });

  it('count log-ins that met too many others, on every route that takes a password', async () => {
    const off = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };
    const { client } = await Server.start(off);
    const { token, username } = await client.newSession();
    let refused: number[] = [];
    const times = 400;
    const counted = await growth(client, EVENTS, async () => {
      const json = { username, password: 'wrong' };
      const change = { password: 'another horse', current_password: 'wrong' };
      const answers = await atOnce(times, (index) =>
        index % 2 === 0
          ? client.post('/authenticate_user', { json })
          : client.put('/user', { bearer: token, json: change }),
      );
      refused = answers.flatMap(({ status }, index) => (status === 503 ? [index % 2] : []));
    });
    expect(new Set(refused)).toEqual(new Set([0, 1]));
    expect(counted).toEqual({
      'gatehouse_logins_total{outcome="failed"}': times - refused.length,
      'gatehouse_logins_total{outcome="overloaded"}': refused.length,
    });
  });

  it('do not grow with what clients choose', async () => {
    const { client, port } = await Server.start();
    const token = (await client.newSession()).token;
    const methods = METHODS.filter((method) => method !== 'CONNECT');

    /** Every kind of request, with something else in each of them. */
    async function visit(times: number): Promise<void> {
      for (let count = 0; count < times; count += 1) {
        const name = uniqueName();
        await client.get(`/${name}?${name}`);
        await client.get(`/api/users/${name}`);
        await client.delete(`/user/sessions/${name}`, { bearer: token });
        for (const path of [`/${name}`, '/user']) {
          await send(port, methods[count % methods.length] ?? '', path);
        }
        if (count % 10 === 0) {
          await client.post('/authenticate_user', { json: { username: name, password: name } });
        }
      }
    }

    const ownSeries = async () =>
      [...(await scrape(client)).keys()].filter((key) => key.startsWith('gatehouse_')).sort();
    await visit(methods.length);
    // The first scrape is a request, too.
    await scrape(client);
    const before = await ownSeries();
    await visit(250);
    const after = await ownSeries();
    expect(after).toEqual(before);
    const labels = after.flatMap((key) => /method="(\w+)"/.exec(key)?.[1] ?? []);
    expect([...new Set(labels)].sort()).toEqual(
      ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'other'].sort(),
    );
  }, 60_000);

  it('are not there with METRICS=false', async () => {
    const { client } = await Server.start({ METRICS: 'false' });
    expect((await client.get('/metrics')).status).toBe(404);
    expect((await client.post('/metrics')).status).toBe(404);
    expect(await client.accepts((await client.newSession()).token)).toBe(true);
  });
});

/** Sends what fetch would refuse to. */
function send(port: number, method: string, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request({ port, method, path, host: '127.0.0.1' }, (answer) => {
      answer.resume().on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}
