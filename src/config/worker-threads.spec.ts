import { Env } from './env.js';
import { workerThreadsOf } from './worker-threads.js';

describe('The worker threads', () => {
  it.each([undefined, ''])('are as many as Node makes if the environment says %j', (size) => {
    expect(workerThreadsOf(size)).toBe(Env.load({}).UV_THREADPOOL_SIZE);
  });

  it('are as many as the environment says', () => {
    expect(workerThreadsOf('12')).toBe(12);
  });
});
