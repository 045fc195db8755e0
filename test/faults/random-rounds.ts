import { constantFrom, integer, noBias, record, sample, shuffledSubarray } from 'fast-check';
import type { Fault } from './fault-kinds.js';

/** One fault, or two at once of different servers. */
export interface Round {
  readonly title: string;
  readonly faults: readonly Fault[];
  /** From the beginning of the round. */
  readonly startMs: number;
  readonly lastingMs: number;
  /** From the first fault to the second. */
  readonly apartMs: number;
}

/** Draws so many rounds; the same for the same seed. Every kind comes before one comes again. */
export function drawRounds(seed: number, count: number, kinds: readonly Fault[]): Round[] {
  const decks = shuffledSubarray([...kinds], { minLength: kinds.length });
  const faults = sample(decks, { seed, numRuns: Math.ceil(count / kinds.length) }).flat();
  const times = record({
    other: constantFrom(...kinds),
    startMs: integer({ min: 200, max: 1_200 }),
    lastingMs: integer({ min: 50, max: 2_000 }),
    apartMs: integer({ min: 0, max: 500 }),
  });
  const moments = sample(noBias(times), { seed, numRuns: count });
  return moments.map(({ other, ...times }, index) => {
    const fault = faults[index]!;
    const both = other.of === fault.of ? [fault] : [fault, other];
    return { ...times, faults: both, title: titleOf(both, times) };
  });
}

function titleOf(faults: Fault[], { startMs, lastingMs }: Pick<Round, 'startMs' | 'lastingMs'>) {
  const what = faults.map(({ of, name }) => `${of} ${name}`).join(', ');
  return `${what}, after ${startMs} ms for ${lastingMs} ms`;
}
