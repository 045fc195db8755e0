import { checkDevelopmentKey, DEVELOPMENT_DATA_KEY, developmentKey } from './development-key.js';
import type { Env } from './env.js';
import { splitKeys } from './jwt-key.js';

/**
 * The keys that encrypt what accounts keep secret, newest first: that one encrypts, and all of them decrypt. Without
 * `DATA_KEY` development makes and keeps one; production has none, whatever came before.
 * @throws ConfigurationError if the kept key will not do, or none can be kept
 */
export function loadDataKeys(env: Env): readonly string[] {
  if (!hasDataKey(env)) return [];
  const newest = env.DATA_KEY ?? developmentKey(DEVELOPMENT_DATA_KEY);
  return [newest, ...splitKeys(env.DATA_PREVIOUS_KEYS)];
}

/**
 * Checks the kept key as `loadDataKeys` would, and makes none.
 * @throws ConfigurationError if the kept key will not do
 */
export function checkDataKeys(env: Env): void {
  if (usesDevelopmentDataKey(env)) checkDevelopmentKey(DEVELOPMENT_DATA_KEY);
}

/** Whether there is a key that encrypts, or development would make one. */
export function hasDataKey({ DATA_KEY, isProduction }: Env): boolean {
  return DATA_KEY !== undefined || !isProduction;
}

/** Whether `DATA_KEY` is not given, and development has one of its own. */
export function usesDevelopmentDataKey({ DATA_KEY, isProduction }: Env): boolean {
  return DATA_KEY === undefined && !isProduction;
}
