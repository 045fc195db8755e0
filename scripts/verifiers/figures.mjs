// The figures of verifiers: whether a token is accepted after its log-out was answered, how long a log-out waits for
// those who keep answers, and what a kept answer costs. On two instances of the built service, on private stores. Prints
// a table and ends. The command line's arguments are the stores to measure: redis, postgres.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresCluster } from '../../test/support/postgres-cluster.mjs';
import { startRedisServer } from '../../test/support/redis-server.mjs';
import { Program } from '../../verifiers/conformance/program.mjs';
import { postJson, startService } from '../support/built-service.mjs';
import { BUILT, buildVerifier, PROGRAMS, removeBuilt } from '../support/verifier-programs.mjs';
import { measureAnswers, measureGuard } from './costs.mjs';
import { quantileMs, readWaitTimes, waitsSince } from './wait-times.mjs';

const ROUNDS = 1_000;
const QUIET_ROUNDS = 300;
const STOPPED_ROUNDS = 10;
const LEASE_MS = 1_000;

/** Sessions whose renewals are the changes beside the rounds, so many at a time, this many times a second. */
const RENEWING = 40;
const CHANGES_PER_SECOND = 1_000;

const PASSWORD = 'correct horse';

const TARGETS = { redis: { p50: 10, p99: 50 }, postgres: { p50: 20, p99: 60 } };

const rows = [];
const report = (figure, target, measured, isReached) => {
  rows.push(`| ${figure} | ${target} | ${measured} | ${isReached ? 'yes' : 'no'} |`);
  console.error(rows.at(-1));
};

const at = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

async function json(answer) {
  const { status } = answer;
  if (status >= 300) throw new Error(`${answer.url} answered ${status}: ${await answer.text()}`);
  return answer.json();
}

async function logIn(url, username) {
  const { token } = await json(
    await postJson(`${url}/authenticate_user`, { username, password: PASSWORD }),
  );
  return token;
}

/** Renews tokens hard, each of which tells verifiers, until it is stopped. */
class Churn {
  #isRunning = true;
  #done;
  changes = 0;

  constructor(urls, tokens) {
    const pauseMs = (1_000 * tokens.length) / CHANGES_PER_SECOND;
    this.startedMs = performance.now();
    this.#done = tokens.map(async (first, index) => {
      let token = first;
      // By the plan and not from one to the next: timers are late by a millisecond.
      let dueMs = this.startedMs + (pauseMs * index) / tokens.length;
      while (this.#isRunning) {
        await sleep(Math.max(0, dueMs - performance.now()));
        const answer = await postJson(`${urls[index % urls.length]}/renew_token`, { token });
        ({ token } = await json(answer));
        this.changes += 1;
        dueMs = Math.max(dueMs + pauseMs, performance.now() - pauseMs);
      }
    });
  }

  async stop() {
    const perSecond = (1_000 * this.changes) / (performance.now() - this.startedMs);
    this.#isRunning = false;
    await Promise.all(this.#done);
    return Math.round(perSecond);
  }
}

async function rounds(urls, programs, count) {
  const waits = [];
  let accepted = 0;
  let refused = 0;
  for (let round = 0; round < count; round += 1) {
    const username = `user-${round % 20}`;
    const [here, there] = [urls[round % 2], urls[(round + 1) % 2]];
    const token = await logIn(here, username);
    // Twice: the second time it is kept.
    for (let times = 0; times < 2; times += 1) {
      const answers = await Promise.all(programs.map((program) => program.verify(token)));
      refused += answers.filter((answer) => answer === 'inactive').length;
    }
    const beganMs = performance.now();
    await json(await postJson(`${there}/logout`, { token }));
    waits.push(performance.now() - beganMs);
    const answers = await Promise.all(programs.map((program) => program.verify(token)));
    accepted += answers.filter((answer) => typeof answer === 'object').length;
  }
  return { accepted, refused, waits: waits.sort((a, b) => a - b) };
}

async function measureStore(store, folder, variables) {
  const shared = {
    ...variables,
    ...{ JWT_KEY: randomBytes(48).toString('base64'), PUBLIC_URL: 'http://gatehouse.test' },
    ...{
      MAX_SESSIONS: '1000',
      REGISTRATIONS_PER_HOUR: '0',
      NODE_ENV: 'development',
      LOG_LEVEL: 'warn',
    },
  };
  const instances = [];
  const programs = [];
  try {
    while (instances.length < 2) instances.push(await startService(folder, shared));
    const urls = instances.map(({ url }) => url);
    for (let i = 0; i < 20; i += 1) {
      await json(await postJson(`${urls[0]}/user`, { username: `user-${i}`, password: PASSWORD }));
    }
    const env = { PATH: process.env.PATH, ...shared };
    const words = ['dist/cli.js', 'clients', 'create', 'figures', '--introspect', '--json'];
    const { client_id: clientId, client_secret: clientSecret } = JSON.parse(
      execFileSync(process.execPath, words, {
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    );
    const commands = [PROGRAMS.TypeScript, PROGRAMS.Python, PROGRAMS.TypeScript];
    for (const [index, command] of commands.entries()) {
      const program = new Program(command);
      programs.push(program);
      await program.create(
        { url: urls[index % 2] },
        { clientId, clientSecret },
        { mode: 'leased' },
      );
    }
    await sleep(2 * LEASE_MS);
    const tokens = [];
    while (tokens.length < RENEWING)
      tokens.push(await logIn(urls[0], `user-${tokens.length % 20}`));
    const churn = new Churn(urls, tokens);
    const beside = await rounds(urls, programs, ROUNDS);
    const perSecond = await churn.stop();
    const name = store === 'redis' ? 'PostgreSQL and Redis' : 'PostgreSQL';
    report(
      `accepted after the 2xx, and live ones refused: ${ROUNDS} rounds, two instances, three verifiers, beside ${perSecond} changes a second (${name})`,
      0,
      `${beside.accepted}, ${beside.refused}`,
      beside.accepted + beside.refused === 0,
    );
    const waitedBefore = await readWaitTimes(urls);
    const quiet = await rounds(urls, programs, QUIET_ROUNDS);
    const waits = waitsSince(waitedBefore, await readWaitTimes(urls));
    const { p50, p99 } = TARGETS[store];
    const [half, most] = [quantileMs(waits, 0.5), quantileMs(waits, 0.99)];
    const whole = (times) => `${at(times, 0.5).toFixed(1)} / ${at(times, 0.99).toFixed(1)} ms`;
    report(
      `a log-out's wait for three live verifiers, p50 / p99 (${name})`,
      `≤ ${p50} / ${p99} ms`,
      `${half.toFixed(1)} / ${most.toFixed(1)} ms; the whole log-out ${whole(quiet.waits)}, and beside the changes ${whole(beside.waits)}`,
      half <= p50 && most <= p99,
    );
    let longest = 0;
    for (let round = 0; round < STOPPED_ROUNDS; round += 1) {
      const token = await logIn(urls[0], 'user-0');
      programs[0].signal('SIGSTOP');
      const beganMs = performance.now();
      await json(await postJson(`${urls[1]}/logout`, { token }));
      longest = Math.max(longest, performance.now() - beganMs);
      programs[0].signal('SIGCONT');
      await sleep(LEASE_MS);
    }
    const limit = 1.1 * LEASE_MS + 100;
    report(
      `the same for a verifier that was stopped, at most (${name})`,
      `≤ ${limit} ms`,
      `${longest.toFixed(0)} ms`,
      longest <= limit,
    );
  } finally {
    await Promise.all(programs.map((program) => program.end()));
    for (const { child } of instances) child.kill('SIGTERM');
  }
}

const asked = process.argv.slice(2);
const stores = asked.length > 0 ? asked : ['redis', 'postgres'];
const folder = mkdtempSync(join(tmpdir(), 'gatehouse-figures-'));
const servers = [];
await buildVerifier();
try {
  const postgres = await startPostgresCluster();
  servers.push(postgres);
  const redis = await startRedisServer();
  servers.push(redis);
  if (stores.includes('redis')) {
    await measureStore('redis', folder, { DATABASE_URL: postgres.url, REDIS_URL: redis.url });
  }
  if (stores.includes('postgres')) {
    const other = await startPostgresCluster();
    servers.push(other);
    await measureStore('postgres', folder, { DATABASE_URL: other.url });
  }
  const { cpuMicroseconds, bytes } = measureAnswers(BUILT);
  report(
    'CPU of a kept answer',
    '≤ 2 µs',
    `${cpuMicroseconds.toFixed(2)} µs`,
    cpuMicroseconds <= 2,
  );
  report('memory of a kept answer', '≤ 400 bytes', `${bytes.toFixed(0)} bytes`, bytes <= 400);
  const { guarded, plain } = await measureGuard(BUILT);
  const ratio = guarded / plain;
  report(
    'a Fastify route with the guard against the same with fast-jwt and no revocation, CPU for each request',
    '≤ 1.10 ×',
    `${ratio.toFixed(2)} (${guarded.toFixed(1)} µs, ${plain.toFixed(1)} µs)`,
    ratio <= 1.1,
  );
} finally {
  removeBuilt();
  await Promise.all(servers.map((server) => server.stop()));
  rmSync(folder, { recursive: true, force: true });
}
console.log(`Node ${process.version}, ${cpus().length} cores of ${cpus()[0].model}`);
console.log(
  ['| figure | target | measured | reached |', '| --- | --- | --- | --- |', ...rows].join('\n'),
);
