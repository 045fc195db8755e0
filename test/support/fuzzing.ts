import type { Parameters } from 'fast-check';

const { FUZZ_RUNS, FUZZ_SEED, FUZZ_PATH } = process.env;

/**
 * How often and from which seed a property is tried. A failure prints its seed and path; with
 * `FUZZ_SEED` and `FUZZ_PATH` it comes again.
 * @param runs if `FUZZ_RUNS` does not say otherwise
 */
export function fuzzing(runs: number): Parameters<unknown> {
  return {
    numRuns: FUZZ_RUNS ? Number(FUZZ_RUNS) : runs,
    ...(FUZZ_SEED && { seed: Number(FUZZ_SEED) }),
    ...(FUZZ_PATH && { path: FUZZ_PATH }),
  };
}
