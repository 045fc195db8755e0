// What a kept answer and a guarded route cost, each in a process of its own.
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import autocannon from 'autocannon';

const FOLDER = dirname(fileURLToPath(import.meta.url));
const ROUNDS = 5;
const SECONDS = 2;

/** CPU and bytes of an answer that is kept. */
export function measureAnswers(built) {
  const words = ['--expose-gc', join(FOLDER, 'kept-answers.mjs'), built];
  return JSON.parse(execFileSync(process.execPath, words, { encoding: 'utf8' }));
}

/** Microseconds of CPU for each request, in turns, and of each the median. */
export async function measureGuard(built) {
  const apis = {};
  for (const kind of ['guarded', 'plain'])
    apis[kind] = fork(join(FOLDER, 'api.mjs'), [kind, built]);
  try {
    const costs = { guarded: [], plain: [] };
    const places = {};
    for (const [kind, child] of Object.entries(apis)) [places[kind]] = await once(child, 'message');
    for (let round = 0; round <= ROUNDS; round += 1) {
      for (const [kind, child] of Object.entries(apis)) {
        const cost = await costOf(child, places[kind]);
        // The first round is for the compiler.
        if (round > 0) costs[kind].push(cost);
      }
    }
    const medianOf = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
    return { guarded: medianOf(costs.guarded), plain: medianOf(costs.plain) };
  } finally {
    for (const child of Object.values(apis)) child.kill();
  }
}

async function costOf(child, { url, tokens }) {
  const before = await cpuOf(child);
  const requests = tokens.map((token) => ({ headers: { authorization: `Bearer ${token}` } }));
  const run = await autocannon({ url, requests, duration: SECONDS, connections: 32 });
  if (run.non2xx + run.errors > 0) throw new Error('The API refused a request');
  return ((await cpuOf(child)) - before) / run['2xx'];
}

async function cpuOf(child) {
  child.send('cpu');
  const [{ cpu }] = await once(child, 'message');
  return cpu;
}
