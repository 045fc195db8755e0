import { availableParallelism } from 'node:os';
import type { FairQueueLimits } from './fair-queue.js';

/** Worker threads left to the database, the file system and name look-ups while hashes are computed. */
const THREADS_FOR_OTHERS = 2;

/** As long as a person would wait for an answer. */
const MAX_WAIT_MS = 5_000;

/** So many clients may ask for all they can before the queue is full. */
const CLIENTS_THAT_FILL_IT = 8;

/**
 * How many hashes are computed at once.
 * @param threads the worker threads of the process
 */
export function hashesAtOnce(threads: number): number {
  return Math.min(availableParallelism(), Math.max(1, threads - THREADS_FOR_OTHERS));
}

/**
 * How many hashes are computed at once, how many wait, and how long.
 * @param threads the worker threads of the process
 * @param maxWaitingForEach how many of one client may wait for each that is computed
 */
export function hashQueueLimits(threads: number, maxWaitingForEach: number): FairQueueLimits {
  const concurrency = hashesAtOnce(threads);
  const maxWaitingOfOne = concurrency * maxWaitingForEach;
  const maxWaiting = CLIENTS_THAT_FILL_IT * maxWaitingOfOne;
  return { concurrency, maxWaiting, maxWaitingOfOne, maxWaitMs: MAX_WAIT_MS };
}
