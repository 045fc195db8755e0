import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');

/** The Node that runs the built service: the image's, or the one that `NODE_UNDER_TEST` names. */
export const NODE_UNDER_TEST =
  process.env.NODE_UNDER_TEST || process.env.SHIPPED_NODE || process.execPath;

const [, options = ''] =
  /\bNODE_OPTIONS=(\S+)/.exec(readFileSync(join(ROOT, 'Dockerfile'), 'utf8')) ?? [];

/** What that Node is told, as in the image. */
export const NODE_SETTINGS = {
  NODE_COMPILE_CACHE: join(ROOT, 'test/runtime/compile-cache'),
  NODE_OPTIONS: options,
};
