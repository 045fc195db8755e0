import { Env } from './env.js';

/**
 * The configuration of this process: the environment, and beneath it a `.env` file in the working
 * directory where there is one.
 * @throws ConfigurationError naming every fault at once
 */
export function loadEnv(): Env {
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return Env.load(process.env);
}
