// How long changes waited for verifiers, as the service's own metrics tell.
const BUCKET = /^gatehouse_change_wait_seconds_bucket\{le="([^"]+)"\} (\d+)$/gm;

/** So many waits of at most so many ms, of all instances together, since they started. */
export async function readWaitTimes(urls) {
  const counts = new Map();
  for (const url of urls) {
    const text = await fetch(`${url}/metrics`).then((answer) => answer.text());
    for (const [, seconds, count] of text.matchAll(BUCKET)) {
      const limitMs = seconds === '+Inf' ? Infinity : 1_000 * Number(seconds);
      counts.set(limitMs, (counts.get(limitMs) ?? 0) + Number(count));
    }
  }
  if (counts.size === 0) throw new Error('The metrics tell of no waits');
  return counts;
}

/** Those since an earlier reading. */
export function waitsSince(before, now) {
  return new Map([...now].map(([limitMs, count]) => [limitMs, count - before.get(limitMs)]));
}

/**
 * How long at most that share of the waits took, in ms: exact at a bucket's limit, and between two of them as
 * Prometheus' histogram_quantile reckons.
 */
export function quantileMs(waits, share) {
  const wanted = share * waits.get(Infinity);
  let [lowerMs, below] = [0, 0];
  for (const [limitMs, count] of [...waits].sort(([a], [b]) => a - b)) {
    if (count >= wanted) {
      if (limitMs === Infinity) return Infinity;
      return lowerMs + ((limitMs - lowerMs) * (wanted - below)) / (count - below || 1);
    }
    [lowerMs, below] = [limitMs, count];
  }
  return Infinity;
}
