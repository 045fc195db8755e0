import { createHash } from 'node:crypto';
import { relative } from 'node:path';

/**
 * Begins the test files in the order of digests of their names: the same order in each run, in which those that
 * compute are mixed with those that wait. Jest's own order begins with the longest, so that all that compute would
 * run beside each other, and a limit of some seconds would be exceeded only because of the others' work.
 */
export default class MixedOrder {
  sort(tests) {
    const digestOf = ({ path, context }) =>
      createHash('sha256').update(relative(context.config.rootDir, path)).digest('hex');
    return tests.toSorted((a, b) => digestOf(a).localeCompare(digestOf(b)));
  }

  /** Every n-th file, so that the shares are as mixed. */
  shard(tests, { shardIndex, shardCount }) {
    return this.sort(tests).filter((_, index) => index % shardCount === shardIndex - 1);
  }

  // No run is remembered, so that all may have failed in the last one.
  allFailedTests(tests) {
    return tests;
  }

  cacheResults() {}
}
