import { pause } from './abort.js';
import { retryAfterSeconds } from './retry-after.js';

export interface Patience {
  /** How often a request is sent again after a 503. */
  readonly maxRetries: number;
  /** Beyond so many seconds after the first attempt none begins. */
  readonly maxRetrySeconds: number;
}

/**
 * Sends, and sends again as often and as late as 503 and its `Retry-After` ask, within the bounds.
 * @param mayRepeat whether another attempt is safe after this answer
 * @returns the first answer that is none of these, or the last
 * @throws what `send` throws, or the reason of the signal
 */
export async function patiently(
  send: () => Promise<Response>,
  mayRepeat: (answer: Response) => boolean,
  { maxRetries, maxRetrySeconds }: Patience,
  signal: AbortSignal,
): Promise<Response> {
  const deadlineMs = performance.now() + maxRetrySeconds * 1000;
  for (let retry = 0; ; retry += 1) {
    const answer = await send();
    const waitMs = answer.status === 503 ? (retryAfterSeconds(answer) ?? NaN) * 1000 : NaN;
    const isInTime = performance.now() + waitMs <= deadlineMs;
    if (!isInTime || retry >= maxRetries || !mayRepeat(answer)) return answer;
    await answer.body?.cancel();
    await pause(waitMs, signal);
  }
}
