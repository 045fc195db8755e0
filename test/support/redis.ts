import { execFileSync } from 'node:child_process';
import { randomInt } from 'node:crypto';

/** As many as the tests' Redis has: two that run at once hardly ever meet in one. */
const DATABASES = 10_000;

/** The URL of an empty database on the tests' Redis. */
export function newRedisDatabase(): string {
  const url = `${process.env.TEST_REDIS_URL ?? ''}/${randomInt(1, DATABASES)}`;
  execFileSync('redis-cli', ['-u', url, 'FLUSHDB'], { stdio: 'ignore' });
  return url;
}
