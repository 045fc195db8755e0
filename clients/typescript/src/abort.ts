/** What a promise resolves with, unless the signal comes first. @throws the reason of the signal */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Resolves after a while. @throws the reason of a signal that comes first */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    await unlessAborted(new Promise<void>((wake) => (timer = setTimeout(wake, ms))), signal);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs `act` with a signal of its own: `closing` aborts it at once, `signal` only after a while.
 * @returns what `act` does
 * @throws the reason of its signal, also if `act` does not heed it
 */
export async function outlasting<T>(
  signal: AbortSignal,
  ms: number,
  closing: AbortSignal,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const later = () => (timer = setTimeout(() => own.abort(signal.reason), ms));
  const now = () => own.abort(closing.reason);
  signal.addEventListener('abort', later);
  closing.addEventListener('abort', now);
  try {
    return await unlessAborted(act(own.signal), own.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', later);
    closing.removeEventListener('abort', now);
  }
}
