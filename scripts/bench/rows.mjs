// The rows of the table: what is measured, what is wanted, and how each one is found out. Each starts what
// it needs for itself, so that no row depends on another.
import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { foldersBesideTheBundle } from '../beside-the-bundle.mjs';
import { CREDENTIALS, logIn, makeKeys, mint, register, registerOnFloor } from './accounts.mjs';
import { Original } from './copies.mjs';
import { CONNECTIONS, consume, post, postForms, repeat, rotate } from './load.mjs';
import { printedBy } from './processes.mjs';

/** So few that a machine need not hash for long before each run, so many that a run is not one user's. */
const POOL = 64;

/** Log-ins at once if the hash is what counts: more would only wait for it. */
const HASHING_CONNECTIONS = 4;

/** Some thousands of log-ins, after which V8 has optimized what they run: a hundred a second are few. */
const LOG_IN_WARM_UP_SECONDS = 45;

const STORM_SECONDS = 20;
const STORM_CONNECTIONS = 32;

const FEW = 1_000;
const MANY = 1_000_000;
const SESSIONS = 20_000;

/** Long enough for what a start leaves behind to be finished. */
const IDLE_MS = 3_000;

/** How a kind of request is made: by what driver, with how many tokens, and what its answer contains. */
const OURS = {
  user: { drive: repeat, operation: 'GET /user', word: '"username"', pool: POOL },
  validate: { drive: repeat, operation: 'POST /validate_token', word: 'is valid', pool: POOL },
  renew: { drive: rotate, operation: 'POST /renew_token', word: '"token"', pool: POOL },
  logout: { drive: consume, operation: 'POST /logout', word: 'Logged out', pool: 320 },
};
const FLOORS = {
  whoami: { drive: repeat, operation: 'GET /me', word: '"username"', pool: POOL },
  renew: { drive: rotate, operation: 'POST /renew', word: '"token"', pool: POOL },
  logout: { drive: consume, operation: 'POST /logout', word: 'Logged out', pool: 3_200 },
};

const LOG_IN = 'POST /authenticate_user';
const FLOOR_LOG_IN = 'POST /login';

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

const percent = (share) => `${(100 * share).toFixed(1)} %`;
const micros = (us) => `${us.toFixed(0)} µs`;
const millis = (ms) => `${ms.toFixed(0)} ms`;
const megabytes = (mb) => `${mb.toFixed(0)} MB`;

/** The CPU that a server uses for each request of a load, in µs. */
async function cpuOf(server, load) {
  const before = server.cpuUs();
  const { answered } = await load();
  return (server.cpuUs() - before) / answered;
}

/**
 * Measures in turns, so that what else happens on the machine meets all of them; the first round, in which
 * servers are cold, is not counted.
 * @returns the median of each
 */
async function inTurns(rounds, measurements) {
  const samples = measurements.map(() => []);
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, measurement] of measurements.entries()) {
      const sample = await measurement();
      if (round > 0) samples[index].push(sample);
    }
  }
  return samples.map(median);
}

/** Log-ins without a pause by all users. */
function logInLoad(server, seconds, connections, operation = LOG_IN) {
  const bodies = CREDENTIALS;
  return post(server, operation, {
    bodies,
    seconds,
    connections,
    word: '"token"',
  });
}

/**
 * Users, and the use that a service sees before long: what writes to the database is seldom run in a short
 * measurement, and slow for its first thousand times.
 */
async function warmUp(product, seconds) {
  await register(product);
  await logInLoad(product, seconds, HASHING_CONNECTIONS);
  const { drive, operation, word, pool } = OURS.renew;
  await drive(product, operation, { tokens: await logIn(product, pool), seconds, word });
}

/** This build, and a second one if there is one to compare with. */
const buildsOf = (against) => (against === undefined ? ['.'] : ['.', against]);

/**
 * The built service, and beside it a second build if there is one to compare with, each warm and with stores of
 * its own: both give their users the same ids.
 */
async function eachBuild(fleet, { seconds, against, embedded = false }) {
  const products = [];
  for (const build of buildsOf(against)) {
    const redis = embedded ? undefined : await fleet.redis();
    products.push(await fleet.product(redis, { build }));
    await warmUp(products.at(-1), seconds);
  }
  return products;
}

/** What the other build needs of the same, and by how much this one differs from it. */
function comparison(own, other, written) {
  if (other === undefined) return '';
  const difference = own / other - 1;
  return `; other build ${written(other)}: ${difference < 0 ? '' : '+'}${percent(difference)}`;
}

/** How much more CPU than the floor's a request may take, and takes. */
function againstFloor(kind, floorKind, limit, { embedded = false } = {}) {
  const { drive, operation, word, pool } = OURS[kind];
  const floors = FLOORS[floorKind];
  return {
    figure: `\`${operation}\`${embedded ? ' on SQLite, without Redis' : ''}: CPU per request`,
    target: `≤ ${limit.toFixed(2)} × the floor's \`${floors.operation}\``,
    async measure(fleet, { rounds, seconds, against }) {
      const floor = await fleet.floor(await fleet.redis());
      const products = await eachBuild(fleet, { seconds, against, embedded });
      const ours = products.map((product) => async () => {
        const tokens = await logIn(product, pool);
        return cpuOf(product, () => drive(product, operation, { tokens, seconds, word }));
      });
      const theirs = async () => {
        const tokens = await mint(floor, floors.pool);
        const details = { tokens, seconds, word: floors.word };
        return cpuOf(floor, () => floors.drive(floor, floors.operation, details));
      };
      const [floorUs, us, otherUs] = await inTurns(rounds, [theirs, ...ours]);
      const ratio = us / floorUs;
      return {
        value: `${ratio.toFixed(2)} (${micros(us)}, floor ${micros(floorUs)})${comparison(us, otherUs, micros)}`,
        isReached: ratio <= limit,
      };
    },
  };
}

/** How much more CPU than the floor's a form of a client may take, and takes. */
function formAgainstFloor(operation, floorKind, limit, { word, clients, formsOf }) {
  const floors = FLOORS[floorKind];
  return {
    figure: `\`${operation}\`: CPU per request`,
    target: `≤ ${limit.toFixed(2)} × the floor's \`${floors.operation}\``,
    async measure(fleet, { rounds, seconds }) {
      const floor = await fleet.floor(await fleet.redis());
      const product = await fleet.product(await fleet.redis());
      await warmUp(product, seconds);
      const own = Array.from({ length: clients }, (_, index) =>
        product.gatehouse('clients', 'create', `bench-${index}`, '--introspect'),
      );
      const ours = async () => {
        const forms = await formsOf(product, own);
        return cpuOf(product, () => postForms(product, operation, { forms, seconds, word }));
      };
      const theirs = async () => {
        const tokens = await mint(floor, floors.pool);
        const details = { tokens, seconds, word: floors.word };
        return cpuOf(floor, () => floors.drive(floor, floors.operation, details));
      };
      const [floorUs, us] = await inTurns(rounds, [theirs, ours]);
      const ratio = us / floorUs;
      return {
        value: `${ratio.toFixed(2)} (${micros(us)}, floor ${micros(floorUs)})`,
        isReached: ratio <= limit,
      };
    },
  };
}

const introspectionRow = formAgainstFloor('POST /oauth/introspect', 'whoami', 2.5, {
  word: '"active":true',
  clients: 1,
  async formsOf(product, [client]) {
    const tokens = await logIn(product, POOL);
    return tokens.map((token) => ({ client, parameters: { token } }));
  },
});

const clientTokenRow = formAgainstFloor('POST /oauth/token', 'renew', 5, {
  word: '"access_token"',
  // Each may have 10,000 live tokens, and none of them expires during the measurement.
  clients: CONNECTIONS,
  formsOf: (_product, clients) =>
    clients.map((client) => ({ client, parameters: { grant_type: 'client_credentials' } })),
});

/** What a row measures against another way of the same service. */
function differenceRow({ figure, target, limit, prepare }) {
  return {
    figure,
    target,
    async measure(fleet, options) {
      const [usual, other] = await prepare(fleet, options);
      const [usualUs, otherUs] = await inTurns(options.rounds, [usual, other]);
      const change = otherUs / usualUs - 1;
      return {
        value: `${percent(change)} (${micros(otherUs)}, ${micros(usualUs)})`,
        isReached: change <= limit,
      };
    },
  };
}

const { operation: CHECK, word: CHECKED } = OURS.user;

const keyRow = differenceRow({
  figure: '`GET /user` with an API key: CPU per request',
  target: 'within 5 % of one with a token',
  limit: 0.05,
  async prepare(fleet, { seconds }) {
    const product = await fleet.product(await fleet.redis());
    await warmUp(product, seconds);
    const tokens = await logIn(product, POOL);
    const keys = await makeKeys(product, tokens);
    return [tokens, keys].map(
      (credentials) => () =>
        cpuOf(product, () =>
          repeat(product, CHECK, { tokens: credentials, seconds, word: CHECKED }),
        ),
    );
  },
});

const signatureRow = differenceRow({
  figure: '`GET /user` with ES256, for tokens seen before: CPU per request',
  target: 'within 3 % of HS256',
  limit: 0.03,
  async prepare(fleet, { seconds }) {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const SIGNING_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const measurements = [];
    for (const variables of [{}, { SIGNING_KEY }]) {
      const product = await fleet.product(await fleet.redis(), { variables });
      await warmUp(product, seconds);
      const tokens = await logIn(product, POOL);
      const load = () => repeat(product, CHECK, { tokens, seconds, word: CHECKED });
      measurements.push(() => cpuOf(product, load));
    }
    return measurements;
  },
});

const logInRow = {
  figure: `\`${LOG_IN}\`: CPU per log-in`,
  target: `≤ 1.15 × the floor's \`${FLOOR_LOG_IN}\``,
  async measure(fleet, { rounds, seconds, against }) {
    const floor = await fleet.floor(await fleet.redis());
    await registerOnFloor(floor);
    const products = await eachBuild(fleet, { seconds, against });
    const loads = [floor, ...products].map((server) => ({
      server,
      run: (duration) =>
        logInLoad(server, duration, HASHING_CONNECTIONS, server === floor ? FLOOR_LOG_IN : LOG_IN),
    }));
    for (const { run } of loads) await run(LOG_IN_WARM_UP_SECONDS);
    const [hashUs, floorUs, us, otherUs] = await inTurns(rounds, [
      () => Number(printedBy('scripts/bench/hash.mjs', seconds)),
      ...loads.map(
        ({ server, run }) =>
          () =>
            cpuOf(server, () => run(seconds)),
      ),
    ]);
    const ratio = us / floorUs;
    return {
      value: `${ratio.toFixed(2)} (${micros(us)}, floor ${micros(floorUs)}, the hash by itself ${micros(hashUs)})${comparison(us, otherUs, micros)}`,
      isReached: ratio <= 1.15,
    };
  },
};

function startRow({ embedded = false } = {}) {
  return {
    figure: `Start to the first 200 of \`/health/live\`, database in place${embedded ? ', without Redis' : ''}`,
    target: '≤ 700 ms',
    async measure(fleet, { rounds, against }) {
      const redis = embedded ? undefined : await fleet.redis();
      const starts = buildsOf(against).map((build) => {
        const folder = fleet.folder();
        return async () => {
          const product = await fleet.product(redis, { folder, build });
          await product.stop();
          return product.startMs;
        };
      });
      const [startMs, otherMs] = await inTurns(rounds, starts);
      return {
        value: millis(startMs) + comparison(startMs, otherMs, millis),
        isReached: startMs <= 700,
      };
    },
  };
}

const memoryRow = {
  figure: 'Memory idle / the most under load',
  target: '≤ 110 MB / ≤ 200 MB',
  async measure(fleet, { rounds, seconds, against }) {
    const found = [];
    for (const build of buildsOf(against)) {
      const idles = await inTurns(rounds, [() => idleMemory(fleet, build)]);
      found.push([...idles, await mostMemory(fleet, build, rounds * seconds)]);
    }
    const [[idleMb, mostMb], [otherIdleMb, otherMostMb] = []] = found;
    return {
      value:
        `${megabytes(idleMb)}${comparison(idleMb, otherIdleMb, megabytes)} / ` +
        `${megabytes(mostMb)}${comparison(mostMb, otherMostMb, megabytes)}`,
      isReached: idleMb <= 110 && mostMb <= 200,
    };
  },
};

async function idleMemory(fleet, build) {
  const product = await fleet.product(await fleet.redis(), { build });
  await sleep(IDLE_MS);
  const idleMb = product.memoryMb();
  await product.stop();
  return idleMb;
}

async function mostMemory(fleet, build, seconds) {
  const product = await fleet.product(await fleet.redis(), { build });
  await register(product);
  for (const { drive, operation, word, pool } of [OURS.user, OURS.renew]) {
    const tokens = await logIn(product, pool);
    await drive(product, operation, { tokens, seconds, word });
  }
  await logInLoad(product, seconds, STORM_CONNECTIONS);
  const mostMb = product.memoryMb('at the most');
  await product.stop();
  return mostMb;
}

const installRow = {
  figure: 'The packages beside the bundle, on the disk',
  target: '≤ 130 MB',
  async measure() {
    const lines = execFileSync('du', ['-skc', ...foldersBesideTheBundle()], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const installedMb = parseInt(lines.at(-1), 10) / 1024;
    return { value: megabytes(installedMb), isReached: installedMb <= 130 };
  },
};

const millionRow = {
  figure: '`GET /user` with 1,000,000 live tokens in Redis: throughput',
  target: 'within 5 % of that with 1,000',
  async measure(fleet, { rounds, seconds }) {
    const redis = await fleet.redis();
    const product = await fleet.product(redis);
    const original = await Original.of(product, redis);
    await original.copy(FEW, 0);
    await original.copy(MANY, 1);
    const { operation, word } = OURS.user;
    const throughputOf = (count) => async () => {
      const tokens = original.tokens(FEW, count);
      const { perSecond } = await repeat(product, operation, { tokens, seconds, word });
      // The service stays on the connection that it has, and finds the other tokens behind it.
      await redis.cli('SWAPDB', '0', '1');
      return perSecond;
    };
    const [few, many] = await inTurns(rounds, [throughputOf(FEW), throughputOf(MANY)]);
    const change = many / few - 1;
    return {
      value: `${percent(change)} (${many.toFixed(0)}/s, with 1,000 ${few.toFixed(0)}/s)`,
      isReached: Math.abs(change) <= 0.05,
    };
  },
};

const sessionRow = {
  figure: 'Redis memory per session with one live token',
  target: '≤ 800 bytes',
  async measure(fleet) {
    const redis = await fleet.redis();
    const original = await Original.of(await fleet.product(redis), redis);
    const usedBytes = async () => {
      const [, used] = /used_memory:(\d+)/.exec(await redis.cli('INFO', 'memory'));
      return Number(used);
    };
    const before = await usedBytes();
    await original.copy(SESSIONS);
    const bytes = ((await usedBytes()) - before) / SESSIONS;
    return { value: `${bytes.toFixed(0)} bytes`, isReached: bytes <= 800 };
  },
};

const stormRow = {
  figure: `\`GET /user\` (and \`/health/live\`) beside ${STORM_CONNECTIONS} log-ins at a time: p99`,
  target: '≤ 250 ms (≤ 100 ms)',
  async measure(fleet, options) {
    const product = await fleet.product(await fleet.redis());
    await warmUp(product, options.seconds);
    const tokens = await logIn(product, POOL);
    const { operation, word } = OURS.user;
    const seconds = STORM_SECONDS;
    const beside = { tokens, seconds, connections: HASHING_CONNECTIONS };
    const [logIns, checks, health] = await Promise.all([
      logInLoad(product, seconds, STORM_CONNECTIONS),
      repeat(product, operation, { ...beside, word }),
      repeat(product, 'GET /health/live', { ...beside, connections: 1, word: 'ok' }),
    ]);
    const rate = `${logIns.perSecond.toFixed(0)} log-ins and ${checks.perSecond.toFixed(0)} checks/s`;
    return {
      value: `${checks.p99Ms} ms (${health.p99Ms} ms); ${rate}`,
      isReached: checks.p99Ms <= 250 && health.p99Ms <= 100,
    };
  },
};

/** Every row, by the name that `--only` knows it by. */
export const ROWS = {
  user: againstFloor('user', 'whoami', 1.3),
  validate: againstFloor('validate', 'whoami', 1.4),
  renew: againstFloor('renew', 'renew', 5),
  logout: againstFloor('logout', 'logout', 5),
  login: logInRow,
  introspect: introspectionRow,
  grant: clientTokenRow,
  key: keyRow,
  es256: signatureRow,
  embedded: againstFloor('user', 'whoami', 4, { embedded: true }),
  start: startRow(),
  'start-embedded': startRow({ embedded: true }),
  memory: memoryRow,
  install: installRow,
  million: millionRow,
  session: sessionRow,
  storm: stormRow,
};
