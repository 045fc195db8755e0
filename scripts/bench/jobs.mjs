// Whether every regular job does bounded work, in batches that an index finds, among a million rows: starts
// the built service on tables of which much is over, lets it work without a request, and prints each statement
// that it ran, with its plan, the rows it touched and its time. Ends with 1 if one scans a table, touches
// more rows than its batch, or something is left undone. Starts its own PostgreSQL, and ends by itself.
//   npm run figures:jobs -- [--rows 1000000] [--dead 200000] [--seconds 30] [--only postgres,sqlite]
import { hash as argon2id } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { end } from '../../test/support/processes.mjs';
import { startService } from '../support/built-service.mjs';
import { fillings, MOST_ROWS, remains } from './jobs/million.mjs';
import { PostgresTables } from './jobs/postgres.mjs';
import { SqliteTables } from './jobs/sqlite.mjs';
import { JOBS } from './jobs/statements.mjs';

const ENGINES = { postgres: PostgresTables, sqlite: SqliteTables };

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    dead: { type: 'string', default: '200000' },
    seconds: { type: 'string', default: '30' },
    only: { type: 'string', default: Object.keys(ENGINES).join() },
  },
});
const rows = Number(values.rows);
const dead = Number(values.dead);
if (!(rows <= MOST_ROWS) || !(dead >= 2 && 2 * dead <= rows)) {
  throw new Error(`--rows is ${MOST_ROWS} at most, and --dead half of them`);
}

/** The service works at least this long, and is given up after that. */
const LEAST_MS = Number(values.seconds) * 1000;
const LIMIT_MS = 600_000;
const SCRAPE_MS = 5_000;

const VARIABLES = {
  JWT_KEY: randomBytes(48).toString('base64'),
  PUBLIC_URL: 'http://gatehouse.test',
};

const seconds = (ms) => `${(ms / 1000).toFixed(0)} s`;

/** Everything that was started, so that it can be stopped whatever happens. */
const stops = [];
async function stopAll() {
  while (stops.length > 0) await stops.pop()();
}

async function start(tables, folder) {
  const service = await startService(folder, { ...VARIABLES, ...tables.variables });
  stops.push(() => end(service.child, 'SIGTERM'));
  return service;
}

/** What is still there of what the jobs have to do. */
async function undone(tables) {
  const conditions = Object.entries(remains(tables.hasCounters));
  const [row] = await tables.query(
    `SELECT ${conditions.map(([name, condition]) => `${condition} AS "${name}"`).join()}`,
  );
  return Object.keys(row).filter((name) => row[name]);
}

async function counts(tables) {
  const names = ['users', 'sessions', 'tokens', 'security_events'];
  if (tables.hasCounters) names.push('counters');
  const found = {};
  for (const name of names) {
    const [{ n }] = await tables.query(`SELECT count(*) AS n FROM ${name}`);
    found[name] = Number(n);
  }
  return found;
}

/** Lets the service work without a request, but for scrapes of its metrics, until all is done. */
async function letWork(tables, folder) {
  const service = await start(tables, folder);
  const startedMs = performance.now();
  const since = () => performance.now() - startedMs;
  let gauge;
  try {
    for (let left = [], doneMs; since() < LIMIT_MS; await sleep(SCRAPE_MS)) {
      const metrics = await (await fetch(`${service.url}/metrics`)).text();
      gauge = /^gatehouse_live_sessions (\d+)/m.exec(metrics)?.[1] ?? gauge;
      left = await undone(tables);
      if (left.length === 0) doneMs ??= since();
      if (doneMs !== undefined && since() > LEAST_MS) {
        console.log(`Everything that was over had gone within ${seconds(doneMs)}.`);
        break;
      }
      if (since() > LIMIT_MS - SCRAPE_MS) console.log(`Left: ${left.join(', ')}`);
    }
    return { gauge };
  } finally {
    await end(service.child, 'SIGTERM');
  }
}

/** All sessions that are left are live; some were unsettled when they were counted last. */
function gaugeFaults(gauge, sessions) {
  const isNear = Math.abs(Number(gauge) - sessions) <= sessions / 1_000;
  return isNear ? [] : [`${gauge} live sessions in the metrics, and ${sessions} in the table`];
}

async function measure(Tables, hashes) {
  try {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-jobs-'));
    stops.push(() => rmSync(folder, { recursive: true, force: true }));
    const tables = await Tables.start();
    stops.push(() => tables.stop());
    // The schema is that of the migrations.
    const migrating = await start(tables, folder);
    await end(migrating.child, 'SIGTERM');
    console.log(`\n## ${await tables.version()}\n`);
    const filledMs = performance.now();
    const { hasCounters } = tables;
    const numbers = Tables.numbers(rows);
    for (const sql of fillings({ rows, dead, hashes, numbers, hasCounters })) {
      await tables.query(sql);
    }
    await tables.settle();
    console.log(`Filled in ${seconds(performance.now() - filledMs)}.`);
    const before = await counts(tables);
    const writtenBefore = await tables.written?.();
    const { gauge } = await letWork(tables, folder);
    const after = await counts(tables);
    const written = await tables.written?.();
    const table = Object.keys(before).map((name) => {
      const row = { table: name, before: before[name], after: after[name] };
      if (!written) return row;
      const [first, last] = [writtenBefore.get(name), written.get(name)];
      return {
        ...row,
        updated: last.updated - first.updated,
        deleted: last.deleted - first.deleted,
      };
    });
    console.table(table);
    console.log(`gatehouse_live_sessions: ${gauge ?? 'never told'}`);
    const { faults, ran } = (await tables.statements()).report();
    const left = await undone(tables);
    const expected = JOBS.filter((job) => hasCounters || job !== 'old counters');
    return [
      ...faults,
      ...left.map((name) => `${name} were left`),
      ...expected.filter((job) => !ran.has(job)).map((job) => `${job}: no statement was seen`),
      ...gaugeFaults(gauge, after.sessions),
    ];
  } finally {
    await stopAll();
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => stopAll().finally(() => process.exit(1)));
}

const hashes = await Promise.all([argon2id('x'), bcrypt('x', 10)]);
console.log(`${cpus()[0].model}, ${cpus().length} cores; Node ${process.version}.`);
console.log(`${rows} rows in each table, ${dead} of them over.`);
const faults = [];
for (const name of values.only.split(',')) {
  for (const fault of await measure(ENGINES[name], hashes)) faults.push(`${name}: ${fault}`);
}
console.log(faults.length === 0 ? '\nEvery statement kept to its batch.' : '\nFaults:');
for (const fault of faults) console.log(`- ${fault}`);
process.exitCode = faults.length === 0 ? 0 : 1;
