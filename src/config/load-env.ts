import { ConfigurationError } from './configuration-error.js';
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
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      throw new ConfigurationError([`The file .env cannot be read: ${message}`]);
  }
  return Env.load(process.env);
}
