import { setTimeout as sleep } from 'node:timers/promises';
import type { DomainError } from '../../problems/errors.js';
import { FairQueue, type FairQueueLimits } from './fair-queue.js';

const LIMITS = { concurrency: 1, maxWaiting: 6, maxWaitingOfOne: 4, maxWaitMs: 60_000 };

/** Ends what a test left running: a task that waits would hold its process. */
const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

/** A queue whose tasks each last until they are let go. */
function heldQueue(limits: Partial<FairQueueLimits> = {}) {
  const queue = new FairQueue({ ...LIMITS, ...limits });
  const started: string[] = [];
  const errors: string[] = [];
  const held: (() => void)[] = [];
  const ask = (source: string, isGone = () => false) => {
    void queue
      .run({ source, isGone }, () => {
        started.push(source);
        return new Promise<void>((resolve) => held.push(resolve));
      })
      .catch((error: unknown) => errors.push(`${source} ${(error as DomainError).code}`));
  };
  const letGo = async () => {
    held.shift()?.();
    await new Promise(setImmediate);
  };
  endings.push(async () => {
    while (queue.running > 0) await letGo();
  });
  return { queue, started, errors, ask, letGo };
}

describe('A fair queue', () => {
  it('lets the sources take turns, however much each asks for', async () => {
    const { started, ask, letGo } = heldQueue();
    for (const source of ['a', 'a', 'a', 'a', 'b', 'c', 'b']) ask(source);
    for (let count = 0; count < 7; count += 1) await letGo();
    expect(started.join('')).toBe('aabcaba');
  });

  it('runs no more at once than it may, and counts', async () => {
    const { queue, started, ask, letGo } = heldQueue({ concurrency: 2 });
    for (const source of ['a', 'a', 'a', 'b']) ask(source);
    expect([started.length, queue.running, queue.waiting]).toEqual([2, 2, 2]);
    for (let count = 0; count < 4; count += 1) await letGo();
    expect([started.length, queue.running, queue.waiting]).toEqual([4, 0, 0]);
  });

  it('refuses what one source asks beyond its bound, and leaves the others alone', async () => {
    const { errors, started, ask, letGo } = heldQueue();
    for (let count = 0; count < 10; count += 1) ask('a');
    ask('b');
    await letGo();
    await letGo();
    expect(errors).toEqual(Array.from({ length: 5 }, () => 'a overloaded'));
    expect(started).toEqual(['a', 'a', 'b']);
  });

  it('makes room for a source that has less at the cost of the one that has most', async () => {
    const { queue, errors, ask, letGo } = heldQueue();
    for (const source of ['a', 'a', 'a', 'a', 'a', 'b', 'b', 'c']) ask(source);
    await letGo();
    expect([errors, queue.waiting]).toEqual([['a overloaded'], 5]);
  });

  it('refuses a waiter that waits for too long', async () => {
    const { queue, errors, ask } = heldQueue({ maxWaitMs: 20 });
    ask('a');
    ask('b');
    await sleep(100);
    expect([errors, queue.waiting]).toEqual([['b overloaded'], 0]);
  });

  it('runs no task for a waiter that has gone, which takes no one’s place', async () => {
    const { started, errors, ask, letGo } = heldQueue();
    ask('a');
    for (let count = 0; count < 4; count += 1) ask('b', () => true);
    ask('b');
    ask('c', () => true);
    ask('d');
    await letGo();
    await letGo();
    expect(started).toEqual(['a', 'b', 'd']);
    expect(errors).toHaveLength(5);
  });

  it('goes on after a task that failed', async () => {
    const queue = new FairQueue(LIMITS);
    const waiter = { source: 'a', isGone: () => false };
    const failure = queue.run(waiter, () => Promise.reject(new Error('out of memory')));
    const next = queue.run(waiter, () => Promise.resolve('done'));
    await expect(failure).rejects.toThrow('out of memory');
    expect(await next).toBe('done');
  });
});
