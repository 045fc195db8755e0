import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 100;

/** Repeats an assertion until it holds, at most for `limitMs`. */
export async function eventually(assertion: () => unknown, limitMs: number): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    try {
      await assertion();
      return;
    } catch (error) {
      if (performance.now() > deadlineMs) throw error;
    }
    await sleep(PAUSE_MS);
  }
}
