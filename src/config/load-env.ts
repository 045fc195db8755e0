import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigurationError } from './configuration-error.js';
import { Env } from './env.js';

/**
 * The configuration of this process: the environment, and beneath it a `.env` file in the working
 * directory if there is one.
 * @throws ConfigurationError naming every fault at once
 */
export function loadEnv(): Env {
  // Node has made its threads by now, or will by this value, whatever the file says.
  const { UV_THREADPOOL_SIZE } = process.env;
  for (const [name, value] of Object.entries(readEnvFile())) process.env[name] ??= value;
  return Env.load({ ...process.env, UV_THREADPOOL_SIZE });
}

/** Not by `process.loadEnvFile`, which takes a file that it may not read for one that is not there. */
function readEnvFile(): Record<string, string | undefined> {
  try {
    return parseEnv(readFileSync('.env', 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return {};
    throw new ConfigurationError([`The file .env cannot be read: ${message}`]);
  }
}
