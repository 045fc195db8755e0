import { ConfigurationError } from './configuration-error.js';
import { Env } from './env.js';

/**
 * The configuration of this process: the environment, and beneath it a `.env` file in the working
 * directory where there is one.
 * @throws ConfigurationError naming every fault at once
 */
export function loadEnv(): Env {
  // Node has made its threads by now, or will by this value, whatever the file says.
  const { UV_THREADPOOL_SIZE } = process.env;
  try {
    process.loadEnvFile('.env');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT')
      throw new ConfigurationError([`The file .env cannot be read: ${message}`]);
  }
  return Env.load({ ...process.env, UV_THREADPOOL_SIZE });
}
