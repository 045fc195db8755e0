import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { NODE_SETTINGS, NODE_UNDER_TEST } from './node-under-test.js';
import type { Variables } from './server.js';

const CLI = resolve(__dirname, '../../dist/cli.js');

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Where a command runs: beside a service, or where one could be started. */
export interface CommandPlace {
  directory: string;
  variables: Variables;
}

/** Runs a command of the built command line, as a service's operator does. */
export async function gatehouse(
  { directory, variables }: CommandPlace,
  args: string[],
  input = '',
): Promise<CommandResult> {
  const child = spawn(NODE_UNDER_TEST, [CLI, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...NODE_SETTINGS, ...variables },
  });
  // A command that needs no input may end before it has read any.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [stdout, stderr] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    child.exitCode === null && once(child, 'exit'),
  ]);
  return { code: child.exitCode, stdout, stderr };
}

/** The objects that a successful command writes with `--json`. */
export async function gatehouseJson<T = Record<string, unknown>>(
  place: CommandPlace,
  args: string[],
  input?: string,
): Promise<T[]> {
  const result = await gatehouse(place, [...args, '--json'], input);
  expect(result).toMatchObject({ code: 0, stderr: '' });
  return jsonLines(result.stdout);
}

/** The objects of a text of JSON lines. */
export function jsonLines<T>(lines: string): T[] {
  return lines
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as T);
}
