/** The spec files that take longest: were one of them begun last, the other workers would wait for it. */
const SLOWEST = [
  'faults/sigkill.spec.ts',
  'e2e/login-timing.spec.ts',
  'cli/import.spec.ts',
  'cli/users.spec.ts',
  'faults/random-faults.spec.ts',
  'faults/redis-outage.spec.ts',
  'faults/redis-lost-data.spec.ts',
  'faults/postgres-outage.spec.ts',
  'cli/conventions.spec.ts',
  'cli/config-check.spec.ts',
  'faults/slow-clients.spec.ts',
  'faults/sigkill-servers.spec.ts',
  'fuzz/fuzz.spec.ts',
  'instances/instances.spec.ts',
  'instances/key-rotation.spec.ts',
  'e2e/renewal-limits.spec.ts',
  'e2e/renewal.spec.ts',
  'clients/typescript-renewal.spec.ts',
  'e2e/concurrency.spec.ts',
  'e2e/throttling.spec.ts',
  'faults/half-done.spec.ts',
  'faults/redis-limits.spec.ts',
  'faults/redis-trouble.spec.ts',
  'faults/metrics.spec.ts',
  'e2e/metrics.spec.ts',
  'e2e/login-storm.spec.ts',
];

const turnOf = (path) => {
  const turn = SLOWEST.findIndex((name) => path.endsWith(`/test/${name}`));
  return turn < 0 ? SLOWEST.length : turn;
};

/** The order of the spec files: the same in each run, without a record of earlier ones. */
export default class SlowFirst {
  sort(tests) {
    return [...tests].sort(
      (a, b) => turnOf(a.path) - turnOf(b.path) || a.path.localeCompare(b.path),
    );
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
