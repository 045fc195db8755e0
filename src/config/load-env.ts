import { ConfigurationError } from './configuration-error.js';
import { Env } from './env.js';
import { parseEnvFile } from './env-file.js';
import { readTextFile, UnreadableFile } from './text-file.js';

/**
 * The configuration of this process: the environment, and beneath it a `.env` file in the working
 * directory if there is one. In either an empty variable counts as not set.
 * @throws ConfigurationError naming every fault at once
 */
export function loadEnv(): Env {
  // Node has made its threads by now, or will by this value, whatever the file says.
  const { UV_THREADPOOL_SIZE } = process.env;
  return Env.load({ ...environment(), UV_THREADPOOL_SIZE });
}

/**
 * `SIGNING_KEY` alone, wherever it stands, whatever the other variables say.
 * @throws ConfigurationError if it will not do
 */
export function loadSigningKey(): string | undefined {
  const { SIGNING_KEY, SIGNING_KEY_FILE } = environment();
  return Env.load({ SIGNING_KEY, SIGNING_KEY_FILE }).SIGNING_KEY;
}

function environment(): Record<string, string | undefined> {
  const { NODE_EXTRA_CA_CERTS } = process.env;
  for (const [name, value] of Object.entries(readEnvFile())) process.env[name] ||= value;
  if (process.env.NODE_EXTRA_CA_CERTS && !NODE_EXTRA_CA_CERTS) {
    const fault = 'NODE_EXTRA_CA_CERTS comes too late in the file .env: set it in the environment';
    throw new ConfigurationError([fault]);
  }
  return process.env;
}

function readEnvFile(): Record<string, string> {
  const { values, faults } = parseEnvFile(textOfEnvFile());
  if (faults.length > 0) throw new ConfigurationError(faults);
  return values;
}

function textOfEnvFile(): string {
  try {
    return readTextFile('.env');
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error;
    if (error.isMissing) return '';
    throw new ConfigurationError([`The file .env cannot be read: ${error.message}`]);
  }
}
