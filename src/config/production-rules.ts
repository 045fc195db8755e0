/** The settings that the rules look at. */
interface Settings {
  readonly isProduction: boolean;
  readonly HOST: string;
  readonly ALLOW_INSECURE_HOST: boolean;
  readonly PUBLIC_URL: string | undefined;
  readonly JWT_KEY: string | undefined;
  readonly REDIS_URL: string | undefined;
  readonly REDIS_HOST: string | undefined;
  readonly REDIS_CLUSTER_NODES: string | undefined;
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
  if (env.isProduction && !env.JWT_KEY) {
    faults.push('JWT_KEY is needed in production: make one with openssl rand -base64 48');
  }
  if (!env.isProduction && !isLoopback(env.HOST) && !env.ALLOW_INSECURE_HOST) {
    faults.push(
      'HOST is reachable from other machines, and NODE_ENV is not production: ' +
        'set NODE_ENV=production, or ALLOW_INSECURE_HOST=true if you mean it',
    );
  }
  return faults;
}

/** Several ways to name a Redis of which only one could be meant. */
export function storeFaults({ REDIS_URL, REDIS_HOST, REDIS_CLUSTER_NODES }: Settings): string[] {
  const named = [REDIS_URL, REDIS_HOST, REDIS_CLUSTER_NODES].filter((value) => value !== undefined);
  return named.length > 1 ? ['REDIS_URL, REDIS_HOST and REDIS_CLUSTER_NODES: set one of them'] : [];
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
