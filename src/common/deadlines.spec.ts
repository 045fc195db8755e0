import { setTimeout as sleep } from 'node:timers/promises';
import { type Deadline, Deadlines } from './deadlines.js';

const LIMIT_MS = 400;
const never = new Promise<never>(() => undefined);

/** As if the machine were paused. */
function standStill(ms: number): void {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs);
}

describe('Many answers within one limit', () => {
  const deadlines = new Deadlines(LIMIT_MS, () => new Error('It came too late'));

  afterEach(() => deadlines.stop());

  it('are what was answered, or fail as they failed', async () => {
    const failed = new Error('the disk is full');
    expect(await deadlines.race(Promise.resolve('the answer'))).toBe('the answer');
    await expect(deadlines.race(Promise.reject(failed))).rejects.toBe(failed);
  });

  it('fail as late no earlier than the limit if none comes', async () => {
    const beganMs = performance.now();
    await Promise.all(
      [0, 30, 60, 90].map(async (delayMs) => {
        await sleep(delayMs);
        await expect(deadlines.race(never)).rejects.toThrow('It came too late');
        // Timers of Node may be a millisecond early.
        expect(performance.now() - beganMs - delayMs).toBeGreaterThanOrEqual(LIMIT_MS - 2);
      }),
    );
  });

  it('tell a task once its caller has heard that it failed, and not before', async () => {
    let seen: Deadline | undefined;
    const answer = deadlines.run((deadline) => {
      seen = deadline;
      return never;
    });
    expect(seen?.isOver).toBe(false);
    await expect(answer).rejects.toThrow('It came too late');
    expect(seen?.isOver).toBe(true);
  });

  it('have as long as ever if the process stood still meanwhile', async () => {
    const answer = deadlines.race(sleep(100).then(() => sleep(100, 'the answer')));
    standStill(3 * LIMIT_MS);
    expect(await answer).toBe('the answer');
  });
});
