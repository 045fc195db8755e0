import { withinDeadline } from './deadline.js';

const LONG_MS = 60_000;
const late = () => new Error('It came too late');

describe('An answer within a deadline', () => {
  it('is what was answered', async () => {
    expect(await withinDeadline(Promise.resolve('the answer'), LONG_MS, late)).toBe('the answer');
  });

  it('fails as it failed', async () => {
    const failed = new Error('the disk is full');
    await expect(withinDeadline(Promise.reject(failed), LONG_MS, late)).rejects.toBe(failed);
  });

  it('fails as late if none comes', async () => {
    const answer = new Promise<never>(() => undefined);
    await expect(withinDeadline(answer, 1, late)).rejects.toThrow('It came too late');
  });

  it('makes no error of its own if it is not late', async () => {
    const never = jest.fn(late);
    await withinDeadline(Promise.resolve(), 0, never);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(never).not.toHaveBeenCalled();
  });
});
