import { ConfigurationError } from '../../src/config/configuration-error.js';
import { Env } from '../../src/config/env.js';

/** What is wrong with these variables, in the words of a start. @throws what is no fault of theirs */
export function faultsOf(source: Record<string, string>): string[] {
  try {
    Env.load(source);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
  return [];
}
