import { setTimeout as sleep } from 'node:timers/promises';

/**
 * The answer, if it comes within `limitMs`.
 * @param late what is thrown otherwise; the answer itself is then forgotten
 */
export async function withinDeadline<T>(
  answer: Promise<T>,
  limitMs: number,
  late: () => Error,
): Promise<T> {
  const timer = new AbortController();
  const deadline = sleep(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw late();
  });
  try {
    return await Promise.race([answer, deadline]);
  } finally {
    timer.abort();
    deadline.catch(() => undefined);
    // If the deadline came first, no one hears of the answer's own failure.
    answer.catch(() => undefined);
  }
}
