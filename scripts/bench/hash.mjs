// The CPU that one password hash takes, in µs, by itself: the service's own function and parameters, on a
// worker thread, one after the other. Prints the figure and ends.
//   node scripts/bench/hash.mjs SECONDS
import { hash, verify } from '@node-rs/argon2';
import { ARGON2 } from './argon2.mjs';

const PASSWORD = 'correct horse battery';
const seconds = Number(process.argv[2]);
const encoded = await hash(PASSWORD, ARGON2);

/** Verifies the password until the time is over; how often. */
async function verifyFor(durationMs) {
  let count = 0;
  for (const endMs = performance.now() + durationMs; performance.now() < endMs; count += 1) {
    if (!(await verify(encoded, PASSWORD))) throw new Error('The hash does not verify');
  }
  return count;
}

await verifyFor(500);
const before = process.cpuUsage();
const count = await verifyFor(seconds * 1000);
const { user, system } = process.cpuUsage(before);
console.log((user + system) / count);
