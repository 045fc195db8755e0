import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { IsOptional, validateSync } from 'class-validator';
import { isIP } from 'node:net';
import { ConfigurationError } from './configuration-error.js';
import { productionFaults, PRODUCTION_DEFAULTS, storeFaults } from './production-rules.js';
import { keyFault, keysFault } from './signing-key.js';
import { Flag, OneOf, Text, WholeNumber } from './variables.js';

const WEEK_SECONDS = 7 * 24 * 3600;
const YEAR_SECONDS = 366 * 24 * 3600;

/**
 * Every variable the service reads, under its own name, with its default. Nothing else reads
 * `process.env`.
 */
export class Env {
  @OneOf(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  @Text(isHost, 'must be an address or a host name')
  HOST = '127.0.0.1';

  @WholeNumber(1, 65_535)
  PORT = 3000;

  @Flag()
  ALLOW_INSECURE_HOST = false;

  @IsOptional()
  @Text(isBaseUrl, 'must be an http or https URL without a query, such as https://auth.example.com')
  PUBLIC_URL: string | undefined = undefined;

  @Text(
    isDatabaseUrl,
    'must be sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE[?sslmode=require]',
  )
  DATABASE_URL = 'sqlite:data/gatehouse.sqlite';

  @IsOptional()
  @Text(isRedisUrl, 'must be redis://[USER:PASSWORD@]HOST:PORT or rediss://…')
  REDIS_URL: string | undefined = undefined;

  @IsOptional()
  @Text(isHost, 'must be an address or a host name')
  REDIS_HOST: string | undefined = undefined;

  @WholeNumber(1, 65_535)
  REDIS_PORT = 6379;

  @IsOptional()
  @Text(areNodes, 'must be HOST:PORT,HOST:PORT,…')
  REDIS_CLUSTER_NODES: string | undefined = undefined;

  @IsOptional()
  @Text((value) => keyFault(value) === undefined, (value) => keyFault(value) ?? '')
  JWT_KEY: string | undefined = undefined;

  @IsOptional()
  @Text((value) => keysFault(value) === undefined, (value) => keysFault(value) ?? '')
  JWT_PREVIOUS_KEYS: string | undefined = undefined;

  @WholeNumber(1, YEAR_SECONDS, 'seconds')
  TOKEN_TTL = 2100;

  @WholeNumber(0, YEAR_SECONDS, 'seconds')
  TOKEN_RENEW_GRACE = 300;

  @WholeNumber(0, 3600, 'seconds')
  TOKEN_REUSE_INTERVAL = 10;

  @WholeNumber(1, 10 * YEAR_SECONDS, 'seconds')
  SESSION_MAX_AGE = 2_592_000;

  @Flag()
  TOKEN_SINGLE_USE = false;

  @WholeNumber(1, 10_000)
  MAX_SESSIONS = 100;

  @OneOf(['argon2id', 'pbkdf2-sha256'])
  PASSWORD_HASH: 'argon2id' | 'pbkdf2-sha256' = 'argon2id';

  @WholeNumber(1, 64, 'characters')
  PASSWORD_MIN_LENGTH = 6;

  @Flag()
  PASSWORD_BLOCKLIST = false;

  @Flag()
  PASSWORD_CHANGE_REQUIRES_CURRENT = false;

  @Flag()
  PUBLIC_PROFILES = true;

  @WholeNumber(0, 1_000_000)
  LOGIN_MAX_FAILURES = 10;

  @WholeNumber(1, WEEK_SECONDS, 'seconds')
  LOGIN_WINDOW = 60;

  @WholeNumber(0, 1_000_000)
  ADDRESS_MAX_FAILURES = 100;

  @WholeNumber(0, 1_000_000)
  ACCOUNT_MAX_FAILURES = 100;

  @WholeNumber(1, WEEK_SECONDS, 'seconds')
  ACCOUNT_WINDOW = 3600;

  @WholeNumber(0, 1_000_000)
  REGISTRATIONS_PER_HOUR = 0;

  @Text(isTrustProxy, 'must be false, a number of proxies, or addresses and networks with commas')
  TRUST_PROXY = 'false';

  @IsOptional()
  @Text(areOrigins, 'must be origins such as https://app.example.com, with commas and no path or *')
  CORS_ORIGINS: string | undefined = undefined;

  @WholeNumber(1, 3650, 'days')
  AUDIT_RETENTION_DAYS = 90;

  @Flag()
  ACCOUNT_PAGE = true;

  @Flag()
  SWAGGER = true;

  @Flag()
  METRICS = true;

  @OneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL = 'info';

  /** Node's own variable: the threads that hashing, SQLite and the file system share. */
  @WholeNumber(1, 1024, 'threads')
  UV_THREADPOOL_SIZE = 4;

  /** Where clients reach the service; no slash at its end. */
  get publicUrl(): string {
    if (this.PUBLIC_URL) return this.PUBLIC_URL.replace(/\/+$/, '');
    const host = this.HOST.includes(':') ? `[${this.HOST}]` : this.HOST;
    return `http://${host}:${this.PORT}`;
  }

  /** The origins whose pages may read answers. */
  get corsOrigins(): string[] {
    return this.CORS_ORIGINS?.split(',').map((origin) => origin.trim()) ?? [];
  }

  get isProduction(): boolean {
    return this.NODE_ENV === 'production';
  }

  /**
   * Reads and checks the variables of `source`; an empty one counts as not set.
   * @throws ConfigurationError naming every fault at once
   */
  static load(source: Record<string, string | undefined>): Env {
    const given = Object.fromEntries(
      Object.keys(new Env())
        .map((name) => [name, source[name]])
        .filter(([, value]) => value),
    ) as Record<string, string>;
    const defaults = given.NODE_ENV === 'production' ? PRODUCTION_DEFAULTS : {};
    const env = plainToInstance(Env, { ...defaults, ...given });
    const invalid = validateSync(env, { stopAtFirstError: true });
    const faults = invalid.map(
      ({ property, constraints }) => `${property} ${Object.values(constraints ?? {})[0]}`,
    );
    // A value that is wrong in itself is not judged further.
    const isJudged = (fault: string) => !invalid.some(({ property }) => fault.startsWith(property));
    faults.push(...[...productionFaults(env), ...storeFaults(env)].filter(isJudged));
    if (faults.length > 0) throw new ConfigurationError(faults);
    return env;
  }
}

/** In the one spelling that URLs have, because tokens and clients compare it letter by letter. */
function isBaseUrl(value: string): boolean {
  if (!URL.canParse(value)) return false;
  const { protocol, username, password, href } = new URL(value);
  return (
    /^https?:$/.test(protocol) &&
    username + password === '' &&
    !/[?#]/.test(value) &&
    [value, `${value}/`].includes(href)
  );
}

/** Each in the one spelling that browsers send: they are compared letter by letter. */
function areOrigins(value: string): boolean {
  return value.split(',').every((part) => {
    const origin = part.trim();
    return (
      /^https?:[^*]+$/.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin
    );
  });
}

function isDatabaseUrl(value: string): boolean {
  if (/^sqlite:.+/.test(value)) return true;
  return (
    /^postgres(ql)?:\/\/[^/]+\/[^?]+(\?sslmode=(disable|require|verify-full))?$/.test(value) &&
    isDecodable(value)
  );
}

/** A URL whose user and password can be read. */
function isDecodable(value: string): boolean {
  try {
    return URL.canParse(value) && decodeURIComponent(value) !== '';
  } catch {
    return false;
  }
}

function isHost(value: string): boolean {
  return value.length > 0 && !/[\s/]/.test(value);
}

function isRedisUrl(value: string): boolean {
  return /^rediss?:\/\/[^/]+/.test(value) && isDecodable(value);
}

function areNodes(value: string): boolean {
  return value.split(',').every((node) => /^\s*[^\s,/]+:\d{1,5}\s*$/.test(node));
}

function isTrustProxy(value: string): boolean {
  return (
    /^(false|\d{1,2})$/.test(value) || value.split(',').every((part) => isNetwork(part.trim()))
  );
}

/** An address, or one with the length of a prefix behind a slash. */
function isNetwork(text: string): boolean {
  const [address = '', bits = '0', ...more] = text.split('/');
  const maxBits = { 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return more.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= maxBits;
}
