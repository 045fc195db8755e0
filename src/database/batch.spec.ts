import { setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../problems/errors.js';
import { Batch } from './batch.js';

/** Doubles numbers, and remembers which came together. */
function doubling(fault?: (items: number[]) => Error | undefined) {
  const groups: number[][] = [];
  const batch = new Batch(async (items: number[]) => {
    groups.push(items);
    await sleep(5);
    const error = fault?.(items);
    if (error) throw error;
    return items.map((item) => 2 * item);
  });
  return { batch, groups };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('A batch', () => {
  it('serves the first at once, those that come meanwhile together, and gives each its own', async () => {
    const { batch, groups } = doubling();
    const results = await Promise.all(numbers(6).map((item) => batch.add(item)));
    expect(results).toEqual([0, 2, 4, 6, 8, 10]);
    expect(groups).toEqual([[0], [1, 2, 3, 4, 5]]);
    expect(await batch.add(7)).toBe(14);
  });

  it('bounds a group', async () => {
    const { batch, groups } = doubling();
    await Promise.all(numbers(251).map((item) => batch.add(item)));
    expect(groups.map(({ length }) => length)).toEqual([1, 100, 100, 50]);
  });

  it('tells all that wait if it cannot serve, and serves those that come later', async () => {
    let isDown = true;
    const down = () => (isDown ? new DomainError('service-unavailable') : undefined);
    const { batch, groups } = doubling(down);
    const outcomes = await Promise.allSettled(numbers(6).map((item) => batch.add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(Array(6).fill('rejected'));
    expect(groups).toEqual([[0]]);
    isDown = false;
    expect(await batch.add(1)).toBe(2);
  });

  it('lets the others not pay for one that is at fault', async () => {
    const { batch } = doubling((items) => (items.includes(3) ? new Error('three') : undefined));
    const outcomes = await Promise.allSettled(numbers(6).map((item) => batch.add(item)));
    expect(outcomes.map(({ status }) => status === 'rejected')).toEqual(
      numbers(6).map((item) => item === 3),
    );
  });
});
