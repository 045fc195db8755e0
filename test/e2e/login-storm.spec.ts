import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../support/client.js';
import { Server } from '../support/server.js';

const STORM_MS = 20_000;
const STORMERS = 32;

/** Ten of each in a second. */
const PROBE_INTERVAL_MS = 100;

/** The bounds of docs/failures.md, with threefold room for a busy machine. */
const LIVE_P99_MS = 3 * 100;
const READ_P99_MS = 3 * 250;

/**
 * Two hashes of 19 MiB at a time, and as much again that the allocator keeps; the rest is what requests
 * leave behind until the next collection. Were all hashed at once that asked, it would be 608 MiB.
 */
const GROWTH_LIMIT_BYTES = 150 * 1024 * 1024;

function residentBytes(pid: number): number {
  const [, kilobytes = '0'] =
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}

function p99(durationsMs: number[]): number {
  return durationsMs.toSorted((a, b) => a - b)[Math.floor(durationsMs.length * 0.99)] ?? Infinity;
}

/** Asks for the path until the storm ends; resolves with how long each answer took. */
async function probe(client: Client, path: string, bearer: string | undefined, endMs: number) {
  const pending: Promise<number>[] = [];
  while (performance.now() < endMs) {
    pending.push(
      (async () => {
        const startedMs = performance.now();
        const { status } = await client.get(path, bearer === undefined ? {} : { bearer });
        expect(status).toBe(200);
        return performance.now() - startedMs;
      })(),
    );
    await sleep(PROBE_INTERVAL_MS);
  }
  return Promise.all(pending);
}

// Other tests run beside this one, on the same cores.
jest.retryTimes(2);

it('A storm of log-ins leaves the other requests their time, and is bounded (F41, F42, S83)', async () => {
  const { client, pid } = await Server.start({ MAX_SESSIONS: '10' });
  const { token } = await client.newSession();
  const account = await client.register();
  const before = residentBytes(pid);
  const endMs = performance.now() + STORM_MS;

  const statuses = new Map<number, number>();
  const storm = Array.from({ length: STORMERS }, async () => {
    const json = { username: account.username, password: account.password };
    while (performance.now() < endMs) {
      const { status } = await client.post('/authenticate_user', { json });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  });
  let largest = 0;
  const watch = setInterval(() => (largest = Math.max(largest, residentBytes(pid))), 200);
  const [live, read] = await Promise.all([
    probe(client, '/health/live', undefined, endMs),
    probe(client, '/user', token, endMs),
    ...storm,
  ]);
  clearInterval(watch);

  expect([...statuses.keys()].filter((status) => ![200, 503].includes(status))).toEqual([]);
  expect(statuses.get(200)).toBeGreaterThan(50);
  expect(p99(live)).toBeLessThan(LIVE_P99_MS);
  expect(p99(read)).toBeLessThan(READ_P99_MS);
  expect(largest - before).toBeLessThan(GROWTH_LIMIT_BYTES);
}, 60_000);

it('A storm beyond the queue is shed at once with Retry-After (S83)', async () => {
  const { client } = await Server.start();
  const account = await client.register();
  const json = { username: account.username, password: account.password };
  const answers = await Promise.all(
    Array.from({ length: 400 }, () => client.post('/authenticate_user', { json })),
  );
  const shed = answers.filter(({ status }) => status === 503);
  expect(shed.length).toBeGreaterThanOrEqual(1);
  for (const { body } of shed) expect(body.type).toBe('/problems/overloaded');
  // So many get their turn within 5 s also on a slow machine.
  expect(answers.filter(({ status }) => status === 200).length).toBeGreaterThan(20);
}, 60_000);
