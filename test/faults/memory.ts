import { setTimeout as sleep } from 'node:timers/promises';
import type { Server } from '../support/server.js';

/** What a process may gain in such an outage. */
export const MEMORY_LIMIT_MB = 50;

/** What a process has that computes no hash at the moment and has cleaned up. */
export async function lowestMemoryMb(server: Server): Promise<number> {
  let lowest = Infinity;
  for (let sample = 0; sample < 20; sample++) {
    lowest = Math.min(lowest, server.residentMb);
    await sleep(150);
  }
  return lowest;
}
