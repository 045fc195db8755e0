import * as fc from 'fast-check';
import { fuzzing } from '../../support/fuzzing.js';
import { play, type Course } from './model.js';

/** Each tries some thousand messages. `FUZZ_RUNS` tries more. */
const RUNS = 40;

const rate = fc.constantFrom(0.96, 1, 1.04);

const whenever = fc.integer({ min: 300, max: 2_500 });

const courses: fc.Arbitrary<Course> = fc.record({
  fault: fc.constantFrom('none', 'instance', 'store'),
  stepsMs: fc.array(fc.constantFrom(5, 10, 20, 40), { minLength: 1, maxLength: 12 }),
  rates: fc.tuple(rate, rate, rate, rate),
  ways: fc.array(fc.nat(1), { minLength: 1, maxLength: 7 }),
  timesMs: fc.tuple(fc.nat(600), whenever, whenever, whenever, whenever),
  cutsMs: fc.array(fc.constantFrom(0, 0, 0, 100, 1_200, 2_500), { minLength: 1, maxLength: 9 }),
  lagsMs: fc.array(fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 20, 300), { minLength: 1, maxLength: 50 }),
});

describe('A kept answer of the service, in random orders of messages', () => {
  it('is never used after the change that makes it wrong was said to be done (S98)', async () => {
    let used = 0;
    let done = 0;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), courses, async (scheduler, course) => {
        const outcome = await play(scheduler, course);
        used += outcome.used;
        done += outcome.done;
        expect(outcome.wrong).toEqual([]);
      }),
      // A shorter course would have other messages, and be no simpler.
      { ...fuzzing(RUNS), endOnFailure: true },
    );
    // The model did something.
    expect(used).toBeGreaterThan(done);
    expect(done).toBeGreaterThan(0);
  });
});
