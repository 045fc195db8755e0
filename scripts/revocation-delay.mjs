// How long after one instance has answered a log-out another one accepts the token: three processes of
// the built service on a private PostgreSQL and Redis. Prints figures and ends.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresCluster } from '../test/support/postgres-cluster.mjs';
import { startRedisServer } from '../test/support/redis-server.mjs';
import { postJson, startService } from './support/built-service.mjs';

const ROUNDS = 300;
const CREDENTIALS = { username: 'miguel', password: 'correct horse' };

/** Uses the token on `b` without a pause while `a` logs it out. */
async function round(a, b) {
  const { token } = await (await postJson(`${a}/authenticate_user`, CREDENTIALS)).json();
  const headers = { authorization: `Bearer ${token}` };
  let loggedOutMs = Infinity;
  let acceptedAfter = 0;
  const firstRefusal = (async () => {
    for (;;) {
      const startedMs = performance.now();
      const { status } = await fetch(`${b}/user`, { headers });
      if (status === 401) return performance.now();
      if (startedMs > loggedOutMs) acceptedAfter += 1;
    }
  })();
  await sleep(5);
  await postJson(`${a}/logout`, { token });
  loggedOutMs = performance.now();
  return { delayMs: Math.max(0, (await firstRefusal) - loggedOutMs), acceptedAfter };
}

/** Lets `a` log out tokens that are used on `b`, and prints how long they were accepted. */
async function measure(a, b) {
  await postJson(`${a}/user`, CREDENTIALS);
  const delays = [];
  let accepted = 0;
  for (let count = 0; count < ROUNDS; count += 1) {
    const { delayMs, acceptedAfter } = await round(a, b);
    delays.push(delayMs);
    accepted += acceptedAfter;
  }
  delays.sort((one, other) => one - other);
  const at = (share) => delays[Math.min(ROUNDS - 1, Math.floor(share * ROUNDS))].toFixed(1);
  console.log(`${ROUNDS} rounds, delay from A's answer to the log-out until B's first 401:`);
  console.log(`p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, maximum ${at(1)} ms`);
  console.log(`requests begun after A's answer and accepted by B: ${accepted}`);
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-figures-'));
const servers = [];
const instances = [];
try {
  const postgres = await startPostgresCluster();
  servers.push(postgres);
  const redis = await startRedisServer();
  servers.push(redis);
  const shared = {
    DATABASE_URL: postgres.url,
    REDIS_URL: redis.url,
    JWT_KEY: randomBytes(48).toString('base64'),
    PUBLIC_URL: 'http://gatehouse.test',
  };
  for (let count = 0; count < 3; count += 1) instances.push(await startService(folder, shared));
  const [a, b] = instances.map(({ url }) => url);
  await measure(a, b);
} finally {
  for (const { child } of instances) child.kill('SIGTERM');
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}
