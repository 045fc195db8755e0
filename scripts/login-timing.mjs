// Whether the time of a failed log-in tells anything: samples of every kind of failure, taken in turns,
// against a name that nobody has. The area under the curve (Mann-Whitney) is the chance that the slower
// of two answers is of that kind: 0.5 tells nothing. Prints figures and ends.
//   node scripts/login-timing.mjs [--samples 200] [--json]
import { hash as argon2id } from '@node-rs/argon2';
import { serialize } from '@phc/format';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import sqlite3 from 'sqlite3';
import { postJson, startService } from './support/built-service.mjs';

const { values: options } = parseArgs({
  options: { samples: { type: 'string', default: '200' }, json: { type: 'boolean' } },
});
const SAMPLES = Number(options.samples);
const PASSWORD = 'correct horse';
const NO_LIMITS = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };

const oldPbkdf2 = () => {
  const salt = randomBytes(16);
  const hash = pbkdf2Sync(PASSWORD, salt, 100_000, 32, 'sha256');
  return serialize({ id: 'pbkdf2-sha256', params: { i: 100_000 }, salt, hash });
};
const oldArgon2id = () => argon2id(PASSWORD, { memoryCost: 4096, timeCost: 3, parallelism: 1 });

/** The failures that must look alike; the name is that of the account that meets them. */
const FAILURES = {
  'unknown name': { username: 'nobody', password: 'wrong' },
  'another unknown name': { username: 'somebody', password: 'wrong' },
  'wrong password': { username: 'current', password: 'wrong' },
  'empty password': { username: 'current', password: '' },
  'password too long': { username: 'current', password: 'x'.repeat(300) },
};
const OF_OTHER_KINDS = {
  'wrong password, old Argon2id': { username: 'argon2id', password: 'wrong' },
  'wrong password, old PBKDF2': { username: 'pbkdf2', password: 'wrong' },
  'empty password, old PBKDF2': { username: 'pbkdf2', password: '' },
};

/** The chance that a sample of `ones` is above one of `others`. */
function areaUnderCurve(ones, others) {
  let wins = 0;
  for (const one of ones) {
    for (const other of others) wins += one > other ? 1 : one === other ? 0.5 : 0;
  }
  return wins / (ones.length * others.length);
}

const median = (samples) => samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];

async function measure(url, failures) {
  const samples = Object.fromEntries(Object.keys(failures).map((name) => [name, []]));
  const names = Object.keys(failures);
  for (let count = -5; count < SAMPLES; count += 1) {
    // Another order each time, so that no kind always follows the same other one.
    const shift = Math.floor(Math.random() * names.length);
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const startedMs = performance.now();
      const answer = await postJson(`${url}/authenticate_user`, failures[name]);
      await answer.text();
      if (answer.status !== 401) throw new Error(`${name} was answered ${answer.status}`);
      if (count >= 0) samples[name].push(performance.now() - startedMs);
    }
  }
  return names.map((name) => ({
    failure: name,
    medianMs: Number(median(samples[name]).toFixed(2)),
    area: Number(areaUnderCurve(samples[name], samples[names[0]]).toFixed(3)),
  }));
}

async function stop({ child }) {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

const folder = mkdtempSync(join(tmpdir(), 'gatehouse-figures-'));
const figures = {};
try {
  let service = await startService(folder, NO_LIMITS);
  for (const username of ['current', 'argon2id', 'pbkdf2']) {
    await postJson(`${service.url}/user`, { username, password: PASSWORD });
  }
  figures['Hashes of one kind'] = await measure(service.url, FAILURES);
  await stop(service);

  const file = new sqlite3.Database(join(folder, 'data/gatehouse.sqlite'));
  const run = promisify(file.run.bind(file));
  const setHash = 'UPDATE users SET password_hash = ? WHERE username = ?';
  await run(setHash, [await oldArgon2id(), 'argon2id']);
  await run(setHash, [oldPbkdf2(), 'pbkdf2']);
  await promisify(file.close.bind(file))();

  service = await startService(folder, NO_LIMITS);
  // The service looks at the kinds of hashes there are as soon as it has started.
  await sleep(3_000);
  figures['Hashes of three kinds side by side'] = await measure(service.url, {
    ...FAILURES,
    ...OF_OTHER_KINDS,
  });
  await stop(service);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

if (options.json) {
  console.log(JSON.stringify(figures));
} else {
  for (const [situation, rows] of Object.entries(figures)) {
    console.log(`${situation}, ${SAMPLES} samples of each failure:`);
    console.table(rows);
  }
}
