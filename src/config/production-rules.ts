import { isLoopback } from './loopback.js';

/** The settings that the rules look at. */
interface Settings {
  readonly isProduction: boolean;
  readonly HOST: string;
  readonly ALLOW_INSECURE_HOST: boolean;
  readonly PUBLIC_URL: string | undefined;
  readonly JWT_KEY: string | undefined;
  readonly SIGNING_KEY: string | undefined;
  readonly DATA_KEY: string | undefined;
  readonly DATA_PREVIOUS_KEYS: string | undefined;
  readonly REDIS_URL: string | undefined;
  readonly REDIS_HOST: string | undefined;
  readonly REDIS_CLUSTER_NODES: string | undefined;
  readonly REDIS_SENTINELS: string | undefined;
  readonly REDIS_SENTINEL_NAME: string | undefined;
  readonly REDIS_SENTINEL_PASSWORD: string | undefined;
  readonly REDIS_USERNAME: string | undefined;
  readonly REDIS_PASSWORD: string | undefined;
  readonly REDIS_TLS: boolean;
}

/** The defaults that are stricter in production than on a developer's machine. */
export const PRODUCTION_DEFAULTS = {
  PASSWORD_MIN_LENGTH: 8,
  PASSWORD_BLOCKLIST: true,
  PASSWORD_CHANGE_REQUIRES_CURRENT: true,
  PUBLIC_PROFILES: false,
  REGISTRATIONS_PER_HOUR: 100,
  SWAGGER: false,
  METRICS: false,
};

/** Why the service refuses to start, one line for each fault: no setting may be open by oversight. */
export function productionFaults(env: Settings): string[] {
  const faults: string[] = [];
  if (env.isProduction && !env.PUBLIC_URL) {
    faults.push('PUBLIC_URL is needed in production: the base URL that clients use');
  }
  if (env.isProduction && !env.JWT_KEY && !env.SIGNING_KEY) {
    faults.push(
      'JWT_KEY is needed in production, or SIGNING_KEY: make one with openssl rand -base64 48, ' +
        'or with gatehouse key generate --alg ES256',
    );
  }
  if (env.DATA_KEY !== undefined && env.DATA_KEY === env.JWT_KEY) {
    faults.push(
      'DATA_KEY is the same as JWT_KEY: make one of its own with openssl rand -base64 48',
    );
  }
  if (env.isProduction && env.DATA_PREVIOUS_KEYS && !env.DATA_KEY) {
    faults.push('DATA_PREVIOUS_KEYS needs DATA_KEY, which encrypts from now on');
  }
  if (!env.isProduction && !isLoopback(env.HOST) && !env.ALLOW_INSECURE_HOST) {
    faults.push(
      'HOST is reachable from other machines, and NODE_ENV is not production: ' +
        'set NODE_ENV=production, or ALLOW_INSECURE_HOST=true if you mean it',
    );
  }
  return faults;
}

const STORES = ['REDIS_URL', 'REDIS_HOST', 'REDIS_CLUSTER_NODES', 'REDIS_SENTINELS'] as const;

/** Several ways to name a Redis of which only one could be meant, and what belongs to none. */
export function storeFaults(env: Settings): string[] {
  const named = STORES.filter((name) => env[name] !== undefined);
  const faults: string[] = [];
  if (named.length > 1) faults.push(`${listed(named)}: set one of them`);
  if (env.REDIS_SENTINELS && !env.REDIS_SENTINEL_NAME) {
    faults.push('REDIS_SENTINEL_NAME is needed with REDIS_SENTINELS: their name for the primary');
  }
  if (env.REDIS_SENTINEL_NAME && !env.REDIS_SENTINELS) {
    faults.push('REDIS_SENTINEL_NAME needs REDIS_SENTINELS: HOST:PORT,HOST:PORT,…');
  }
  if (env.REDIS_SENTINEL_PASSWORD && !env.REDIS_SENTINELS) {
    faults.push('REDIS_SENTINEL_PASSWORD needs REDIS_SENTINELS: HOST:PORT,HOST:PORT,…');
  }
  if (env.REDIS_USERNAME && !env.REDIS_PASSWORD) {
    faults.push('REDIS_USERNAME needs REDIS_PASSWORD');
  }
  for (const name of ['REDIS_USERNAME', 'REDIS_PASSWORD', 'REDIS_TLS'] as const) {
    if (!env[name]) continue;
    if (env.REDIS_URL) faults.push(`${name} cannot be with REDIS_URL: write it into the URL`);
    else if (named.length === 0) faults.push(`${name} needs one of ${listed(STORES.slice(1))}`);
  }
  return faults;
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
