/**
 * What a check found, for an operator: something `wrong` has to be changed, a `warning` may be meant so,
 * and `unknown` could not be asked.
 */
export interface Finding {
  readonly verdict: 'ok' | 'unknown' | 'warning' | 'wrong' | 'unreachable';
  readonly message: string;
}

/** Clocks that differ less than this are as good as the same. */
const NOTICED_MS = 1_000;

/** Beyond this, tokens live too long or are refused at once. */
const HARMFUL_MS = 60_000;

/**
 * What to think of the clock of a server.
 * @param aheadMs how much it is ahead of this machine's
 */
export function clockFinding(server: string, aheadMs: number): Finding {
  const seconds = (Math.abs(aheadMs) / 1000).toFixed(1);
  const verdict =
    Math.abs(aheadMs) < NOTICED_MS ? 'ok' : Math.abs(aheadMs) < HARMFUL_MS ? 'warning' : 'wrong';
  const side = aheadMs < 0 ? 'behind' : 'ahead of';
  return { verdict, message: `The clock of ${server} is ${seconds} s ${side} this machine's` };
}
