// Whether the time of a failed log-in, or of what is asked for a forgotten password, tells that a name exists: samples of every kind of failure, taken in
// turns, against names that no account has; if hashes are of several kinds, against all accounts. The area
// under the curve (Mann-Whitney) is the chance that the slower of two answers, or bursts of answers, is of that
// kind: 0.5 does not tell. Prints figures and ends.
//   node scripts/login-timing.mjs [--samples 200] [--json] [--quick]
// --quick leaves out the slowest hashes.
import { hash as argon2id } from '@node-rs/argon2';
import { hash as bcrypt } from '@node-rs/bcrypt';
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
  options: {
    samples: { type: 'string', default: '200' },
    json: { type: 'boolean' },
    quick: { type: 'boolean' },
  },
});
const SAMPLES = Number(options.samples);
const PASSWORD = 'correct horse';
const NO_LIMITS = { LOGIN_MAX_FAILURES: '0', ADDRESS_MAX_FAILURES: '0', ACCOUNT_MAX_FAILURES: '0' };
const SERVICE = { ...NO_LIMITS, TRUST_PROXY: '1' };

const pbkdf2Of = (iterations) => {
  const salt = randomBytes(16);
  const hash = pbkdf2Sync(PASSWORD, salt, iterations, 32, 'sha256');
  return serialize({ id: 'pbkdf2-sha256', params: { i: iterations }, salt, hash });
};
const oldArgon2id = () => argon2id(PASSWORD, { memoryCost: 4096, timeCost: 3, parallelism: 1 });

/** As many wrong passwords at once as have to wait for each other's hashes on any machine. */
const BURST = 8;

const json = (username, password = 'wrong') => ({ username, password });
const basic = (username, password = 'wrong') => ({ username, password, isBasic: true });
const burst = (username) => ({ username, password: 'wrong', times: BURST });

/** The failures that must look the same; the name is that of the account that meets them. */
const FAILURES = {
  'unknown name': json('nobody'),
  'another unknown name': json('somebody'),
  'wrong password': json('current'),
  'empty password': json('current', ''),
  'password too long': json('current', 'x'.repeat(300)),
  'right password, disabled': json('disabled', PASSWORD),
};
const BY_BASIC = {
  'unknown name, Basic': basic('nobody'),
  'wrong password, Basic': basic('current'),
};
/** The accounts, whose hashes are of several kinds. */
const ACCOUNTS = ['current', 'argon2id', 'pbkdf2', 'bcrypt', 'disabled'];

/** Names at random, so that the samples are of a population, and not of the kind that one of it has. */
const unknown = () => `nobody-${randomBytes(6).toString('hex')}`;
let turn = 0;
const existing = () => ACCOUNTS[(turn += 1) % ACCOUNTS.length];

/** Whether a name exists: those that no account has against those of all accounts. */
const POPULATIONS = {
  'unknown names': json(unknown),
  'other unknown names': json(unknown),
  'all accounts, wrong password': json(existing),
  'all accounts, empty password': json(existing, ''),
  'unknown names, empty password': json(unknown, ''),
};
const POPULATIONS_BY_BASIC = {
  'unknown names, Basic': basic(unknown),
  'all accounts, Basic': basic(existing),
};
const BURSTS = {
  'unknown names, burst': burst(unknown),
  'all accounts, burst': burst(existing),
};

const forgot = (question) => ({ path: '/password/forgot', body: question, expected: 202 });
const reset = (secret) => ({
  path: '/password/reset',
  body: () => ({ ...secret(), password: 'x' }),
  expected: 400,
});

/** Ids that `/password/forgot` answered, and whether there is a mail behind them. */
const ids = { known: '', unknown: '' };

/** Questions of a person who forgot the password; `current` and `disabled` have a verified address. */
const FORGOTTEN = {
  'forgotten, unknown name': forgot(() => ({ username: unknown() })),
  'forgotten, another unknown name': forgot(() => ({ username: unknown() })),
  'forgotten, verified address': forgot(() => ({ username: 'current' })),
  'forgotten, no address': forgot(() => ({ username: 'bcrypt' })),
  'forgotten, disabled': forgot(() => ({ username: 'disabled' })),
  'forgotten, unknown address': forgot(() => ({ email: `${unknown()}@example.org` })),
  'forgotten, known address': forgot(() => ({ email: 'current@example.org' })),
};
const RESETS = {
  'reset, unknown id': reset(() => ({ id: ids.unknown, code: 'AAAAA-AAAAA' })),
  'reset, another unknown id': reset(() => ({ id: ids.unknown, code: 'AAAAA-AAAAA' })),
  'reset, id of a mail': reset(() => ({ id: ids.known, code: 'AAAAA-AAAAA' })),
  'reset, wrong token': reset(() => ({ token: unknown() })),
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

/** Sent as if from another address each time: the limits of addresses hold for these too. */
let asker = 0;
async function askOnce(url, { path, body, expected }) {
  asker += 1;
  const address = `10.${asker >> 16}.${(asker >> 8) & 255}.${asker & 255}`;
  const answer = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify(body()),
  });
  const text = await answer.text();
  if (answer.status !== expected) throw new Error(`${path} was answered ${answer.status}: ${text}`);
  return text;
}

async function fail(url, failure) {
  if (failure.path !== undefined) return askOnce(url, failure);
  const { username, password, isBasic } = failure;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const answer = isBasic
    ? await fetch(`${url}/api/resource`, { headers: { authorization } })
    : await postJson(`${url}/authenticate_user`, { username, password });
  await answer.text();
  if (answer.status !== 401) throw new Error(`A failed log-in was answered ${answer.status}`);
  return '';
}

/** How long failures take in ms, all of a burst together; each kind against the first one. */
async function measure(url, failures) {
  const samples = Object.fromEntries(Object.keys(failures).map((name) => [name, []]));
  const names = Object.keys(failures);
  for (let count = -5; count < SAMPLES; count += 1) {
    // Another order each time, so that no kind always follows the same other one.
    const shift = Math.floor(Math.random() * names.length);
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const { times = 1, username } = failures[name];
      // One name for all of a burst.
      const failure = {
        ...failures[name],
        username: typeof username === 'function' ? username() : username,
      };
      const startedMs = performance.now();
      await Promise.all(Array.from({ length: times }, () => fail(url, failure)));
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

/** Measures groups of failures one after the other, with these hashes in the place of the accounts' own. */
async function figuresOf(situation, hashes, ...groups) {
  const file = new sqlite3.Database(join(folder, 'data/gatehouse.sqlite'));
  const run = promisify(file.run.bind(file));
  for (const [username, hash] of Object.entries(hashes)) {
    await run('UPDATE users SET password_hash = ? WHERE username = ?', [hash, username]);
  }
  await run("UPDATE users SET disabled_at_ms = 1 WHERE username = 'disabled'");
  for (const username of ['current', 'disabled']) {
    await run(
      `INSERT OR IGNORE INTO email_addresses (user_id, email, folded_email, version)
       SELECT id, username || '@example.org', username || '@example.org', 1 FROM users WHERE username = ?`,
      [username],
    );
  }
  await promisify(file.close.bind(file))();
  const service = await startService(folder, SERVICE);
  // The service looks at the kinds of hashes there are as soon as it has started.
  await sleep(3_000);
  for (const [kind, username] of [
    ['known', 'current'],
    ['unknown', unknown()],
  ]) {
    ids[kind] = JSON.parse(
      await askOnce(
        service.url,
        forgot(() => ({ username })),
      ),
    ).id;
  }
  const rows = [];
  for (const group of groups) rows.push(...(await measure(service.url, group)));
  figures[situation] = rows;
  await stop(service);
}

try {
  const service = await startService(folder, NO_LIMITS);
  for (const username of ACCOUNTS) {
    await postJson(`${service.url}/user`, { username, password: PASSWORD });
  }
  await stop(service);
  await figuresOf('Hashes of one kind', {}, FAILURES, BY_BASIC, FORGOTTEN, RESETS);
  const old = {
    argon2id: await oldArgon2id(),
    pbkdf2: pbkdf2Of(100_000),
    bcrypt: await bcrypt(PASSWORD, 9),
  };
  const groups = [POPULATIONS, POPULATIONS_BY_BASIC, BURSTS];
  await figuresOf('Hashes of four kinds side by side', old, ...groups);
  const slow = { pbkdf2: pbkdf2Of(600_000) };
  if (!options.quick) {
    await figuresOf("PBKDF2 with the service's own 600,000 iterations", slow, ...groups);
  }
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
