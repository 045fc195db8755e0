import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** A minute, and as long again on a busy machine. */
const LIMIT_MS = 240_000;

/**
 * As `npm run figures:jobs` does with a million rows, and on PostgreSQL too, which prefers other plans for few
 * rows; docs/performance.md says what it found.
 */
it(
  'On SQLite no regular job reads a table from end to end, or more of it at once than its batch',
  async () => {
    const sizes = ['--rows', '20000', '--dead', '5000', '--seconds', '1'];
    const args = ['scripts/bench/jobs.mjs', '--only', 'sqlite', ...sizes];
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      timeout: LIMIT_MS,
      maxBuffer: 2 ** 24,
    }).catch((error: unknown) => error as { stdout: string });
    const [, result] = stdout.split(/\n(?=Faults:|Every statement kept to its batch)/);
    expect(result?.trim()).toBe('Every statement kept to its batch.');
  },
  LIMIT_MS + 10_000,
);
