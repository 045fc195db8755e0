/** The spec files that compute longest: were one of them begun last, the other workers would wait for it. */
const LONGEST = [
  'faults/sigkill.spec.ts',
  'cli/import.spec.ts',
  'cli/users.spec.ts',
  'faults/sigkill-servers.spec.ts',
  'e2e/forged-tokens.spec.ts',
  'browser/account-page.spec.ts',
  'fuzz/fuzz.spec.ts',
  'instances/instances.spec.ts',
  'cli/conventions.spec.ts',
  'deploy/image.spec.ts',
  'e2e/concurrency.spec.ts',
  'e2e/throttling.spec.ts',
];

/** Those that mostly wait: for a clock, or for what was paused. */
const WAITING = [
  'e2e/login-timing.spec.ts',
  'browser/account-page-troubles.spec.ts',
  'faults/random-faults.spec.ts',
  'faults/slow-clients.spec.ts',
  'faults/redis-outage.spec.ts',
  'faults/redis-lost-data.spec.ts',
  'faults/redis-silence.spec.ts',
  'faults/postgres-outage.spec.ts',
  'instances/key-rotation.spec.ts',
  'e2e/renewal-limits.spec.ts',
  'faults/redis-trouble.spec.ts',
  'faults/redis-limits.spec.ts',
  'faults/half-done.spec.ts',
  'faults/metrics.spec.ts',
  'e2e/metrics.spec.ts',
  'faults/sqlite-locked.spec.ts',
  'e2e/pruning.spec.ts',
];

/** By when, as a part of the run, the last one that waits is begun. */
const LAST_WAITING = 0.75;

const placeIn = (names, { path }) => names.findIndex((name) => path.endsWith(`/test/${name}`));

function inOrder(names, tests) {
  const known = tests.filter((test) => placeIn(names, test) >= 0);
  return known.sort((a, b) => placeIn(names, a) - placeIn(names, b));
}

/**
 * The order of the spec files: the same in each run, without a record of earlier ones. Those that wait are
 * spread among those that compute, so that the cores always have something to do, and never too much.
 */
export default class SpreadOut {
  sort(tests) {
    const waiting = inOrder(WAITING, tests);
    const longest = inOrder(LONGEST, tests);
    const others = tests
      .filter((test) => !waiting.includes(test) && !longest.includes(test))
      .sort((a, b) => a.path.localeCompare(b.path));
    const computing = [...longest, ...others];
    const apart = Math.max(1, Math.floor((computing.length * LAST_WAITING) / waiting.length));
    const spread = computing.flatMap((test, place) =>
      place % apart === 0 ? [...waiting.splice(0, 1), test] : [test],
    );
    return [...spread, ...waiting];
  }

  /** Every so-manieth file, so that each share has some of the slow ones. */
  shard(tests, { shardIndex, shardCount }) {
    return this.sort(tests).filter((_, index) => index % shardCount === shardIndex - 1);
  }

  // Nothing is remembered of a run, so that all may have failed in the last one.
  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
