import 'reflect-metadata';
import { plainToInstance } from 'class-transformer';
import { IsOptional, validateSync } from 'class-validator';
import { WholeNumber } from '../common/whole-number.js';
import { certificatesFault } from './certificates.js';
import { ConfigurationError } from './configuration-error.js';
import { databaseUrlFault } from './database-url.js';
import { Flag, OneOf, Secret, secretsOf, Text } from './env-decorators.js';
import {
  areOrigins,
  isBaseUrl,
  isHost,
  isRedisUrl,
  isTrustProxy,
  serversOf,
} from './env-values.js';
import { keyFault, keysFault } from './jwt-key.js';
import { productionFaults, PRODUCTION_DEFAULTS, storeFaults } from './production-rules.js';
import { folderFault } from './file-faults.js';
import { mailFaults, parseSender } from './mail-sender.js';
import { readPublishedKeys } from './published-keys.js';
import { readSecretFiles } from './secret-files.js';
import { readSigningKey } from './signing-key.js';
import { smtpUrlFault } from './smtp-url.js';
import { faultOf } from './unusable-key.js';

const isServerList = (value: string) => serversOf(value) !== undefined;
const signingKeyFault = (value: string) => faultOf(readSigningKey, value);
const publishedKeysFault = (value: string) => faultOf(readPublishedKeys, value);

const WEEK_SECONDS = 7 * 24 * 3600;
const YEAR_SECONDS = 366 * 24 * 3600;

/**
 * Every variable that the service reads, under its own name, with its default. Nothing else reads
 * `process.env`. `.env.example` and the README's table are made of what is said here
 * (`npm run configuration`): `@readme` puts a variable into that table, `@default` says what the code
 * cannot, `@example` is a value to begin with.
 */
export class Env {
  /**
   * `development`, `test` or `production`, which has stricter defaults, and needs `PUBLIC_URL`, and
   * `JWT_KEY` or `SIGNING_KEY`.
   * @readme
   */
  @OneOf(['development', 'test', 'production'])
  NODE_ENV: 'development' | 'test' | 'production' = 'development';

  /**
   * The address that it listens on. Outside production, any other than loopback needs
   * `ALLOW_INSECURE_HOST=true`.
   * @readme
   */
  @Text(isHost, 'must be an address or a host name')
  HOST = '127.0.0.1';

  /**
   * The port that it listens on.
   * @readme
   */
  @WholeNumber(1, 65_535)
  PORT = 3000;

  /** `true` lets other machines reach a service that is not in production. */
  @Flag()
  ALLOW_INSECURE_HOST = false;

  /**
   * The base URL that clients use. It begins every `Location`, and is the `iss` and `aud` of the
   * tokens. It may have a path, which the proxy in front removes.
   * @readme
   * @default `http://HOST:PORT`; production needs one
   * @example https://auth.example.com
   */
  @IsOptional()
  @Text(isBaseUrl, 'must be an http or https URL without a query, such as https://auth.example.com')
  PUBLIC_URL: string | undefined = undefined;

  /**
   * Where the data lies. `sqlite:PATH`, or `postgres://USER:PASSWORD@HOST:5432/DATABASE`, whose parameters
   * docs/guides/managed-databases.md explains.
   * @readme
   */
  @Secret()
  @Text((value) => databaseUrlFault(value) === undefined, (value) => databaseUrlFault(value) ?? '')
  DATABASE_URL = 'sqlite:data/gatehouse.sqlite';

  /**
   * Where live tokens are recorded if many instances share them; without Redis it is the database.
   * Redis 7 or later, with `appendonly yes` and `maxmemory-policy noeviction`. Set one of
   * `REDIS_URL`, `REDIS_HOST`, `REDIS_CLUSTER_NODES` and `REDIS_SENTINELS`.
   * @readme
   * @example redis://USER:PASSWORD@HOST:6379
   */
  @Secret()
  @IsOptional()
  @Text(
    isRedisUrl,
    'must be redis://[USER:PASSWORD@]HOST[:PORT][/DATABASE] or rediss://…, without parameters, and with ' +
      'special characters of the password percent-encoded',
  )
  REDIS_URL: string | undefined = undefined;

  /**
   * The host of a Redis.
   * @example 127.0.0.1
   */
  @IsOptional()
  @Text(isHost, 'must be an address or a host name')
  REDIS_HOST: string | undefined = undefined;

  /** The port of `REDIS_HOST`. */
  @WholeNumber(1, 65_535)
  REDIS_PORT = 6379;

  /**
   * Some nodes of a Redis Cluster. It finds the others by itself.
   * @example host1:6379,host2:6379,host3:6379
   */
  @IsOptional()
  @Text(isServerList, 'must be HOST:PORT,HOST:PORT,…')
  REDIS_CLUSTER_NODES: string | undefined = undefined;

  /**
   * The sentinels of a Redis. They are asked who the primary is, at the start and after each failover.
   * @example host1:26379,host2:26379,host3:26379
   */
  @IsOptional()
  @Text(isServerList, 'must be HOST:PORT,HOST:PORT,…')
  REDIS_SENTINELS: string | undefined = undefined;

  /**
   * The name that the sentinels have for the primary.
   * @example mymaster
   */
  @IsOptional()
  @Text((value) => /^\S+$/.test(value), 'must be a name without spaces')
  REDIS_SENTINEL_NAME: string | undefined = undefined;

  /**
   * The user at `REDIS_HOST`, or at every node of the cluster or of the sentinels' Redis. Without one, it is
   * `default`.
   * @example gatehouse
   */
  @Secret()
  @IsOptional()
  @Text((value) => /^\S+$/.test(value), 'must be a name without spaces')
  REDIS_USERNAME: string | undefined = undefined;

  /**
   * That user's password. The sentinels get it too, unless they refuse it or have one of their own.
   * @example PASSWORD
   */
  @Secret()
  @IsOptional()
  REDIS_PASSWORD: string | undefined = undefined;

  /**
   * The password of the sentinels (`requirepass` in their files), if it is not that of their Redis.
   * @example PASSWORD
   */
  @Secret()
  @IsOptional()
  REDIS_SENTINEL_PASSWORD: string | undefined = undefined;

  /** `true`: TLS to `REDIS_HOST`, or to every node and sentinel. With `REDIS_URL`, `rediss://` does it. */
  @Flag()
  REDIS_TLS = false;

  /**
   * Signs the tokens (HS256), if there is no `SIGNING_KEY`: at least 32 bytes, made with `openssl rand
   * -base64 48`. Refused are this sample, secrets that stand in public code, repetitions, counting, and
   * words: text in which most letters follow each other as in English. Beside a `SIGNING_KEY` it verifies
   * the tokens that it signed before.
   * @readme
   * @default made at random in `data/jwt.key`; production needs this or `SIGNING_KEY`
   * @example replace-this-with-the-output-of-openssl-rand-base64-48
   */
  @Secret()
  @IsOptional()
  @Text((value) => keyFault(value) === undefined, (value) => keyFault(value) ?? '')
  JWT_KEY: string | undefined = undefined;

  /**
   * Keys that signed before `JWT_KEY`, separated by commas. Their tokens stay valid, and are renewed
   * with `JWT_KEY`. To replace a key, move it here, and remove it `TOKEN_TTL` + `TOKEN_RENEW_GRACE`
   * seconds later: by then every token that it signed is useless. Several instances need one more
   * step: docs/guides/rotating-jwt-key.md. A key that leaked does not belong here.
   * @example OLD-KEY
   */
  @Secret()
  @IsOptional()
  @Text((value) => keysFault(value) === undefined, (value) => keysFault(value) ?? '')
  JWT_PREVIOUS_KEYS: string | undefined = undefined;

  /**
   * Encrypts what accounts keep secret here: the secrets of their second factors. At least 32 bytes, made with
   * `openssl rand -base64 48`, under the rules of `JWT_KEY`, and never the same. Without it no account can add a
   * factor, and with factors the service does not start. Keep it apart from backups of the database.
   * @readme
   * @default made at random in `data/data.key`; production: none
   * @example replace-this-with-the-output-of-openssl-rand-base64-48
   */
  @Secret()
  @IsOptional()
  @Text(
    (value) => keyFault(value) === undefined,
    (value) => keyFault(value, 'DATA_PREVIOUS_KEYS') ?? '',
  )
  DATA_KEY: string | undefined = undefined;

  /**
   * Keys that encrypted before `DATA_KEY`, separated by commas. They still decrypt, and what is used is encrypted under
   * `DATA_KEY` from then on. docs/guides/second-factors.md tells when one can go.
   * @example OLD-KEY
   */
  @Secret()
  @IsOptional()
  @Text(
    (value) => keysFault(value) === undefined,
    (value) => keysFault(value, 'DATA_PREVIOUS_KEYS') ?? '',
  )
  DATA_PREVIOUS_KEYS: string | undefined = undefined;

  /**
   * Signs the tokens so that others can verify them with its public part, which is at
   * `/.well-known/jwks.json`: a private key (PKCS#8) in PEM, or that PEM in one line of base64. EC P-256 signs
   * ES256, which is recommended and made with `gatehouse key generate --alg ES256`, RSA of at least 2048 bits
   * RS256. How to move to it: docs/guides/moving-to-a-signing-key.md.
   * @readme
   * @default `JWT_KEY` signs
   * @example LINE-OF-BASE64
   */
  @Secret()
  @IsOptional()
  @Text((value) => signingKeyFault(value) === undefined, (value) => signingKeyFault(value) ?? '')
  SIGNING_KEY: string | undefined = undefined;

  /**
   * Public keys that verify tokens, and are published beside that of `SIGNING_KEY`: the next key before it signs,
   * and the previous one until its tokens are over. A JWK Set, of keys that `gatehouse key publish` prints.
   * @example '{"keys":[…]}'
   */
  @Secret()
  @IsOptional()
  @Text(
    (value) => publishedKeysFault(value) === undefined,
    (value) => publishedKeysFault(value) ?? '',
  )
  PUBLISHED_KEYS: string | undefined = undefined;

  /**
   * Seconds that a token lives.
   * @readme
   */
  @WholeNumber(1, YEAR_SECONDS, 'seconds')
  TOKEN_TTL = 2100;

  /** Seconds after its expiry in which a token can still be renewed. */
  @WholeNumber(0, YEAR_SECONDS, 'seconds')
  TOKEN_RENEW_GRACE = 300;

  /**
   * Seconds after `POST /renew_token` in which the old token still works, so that a client can
   * repeat a renewal whose answer was lost. 0 is strict: a repeat counts as theft, and ends the session.
   */
  @WholeNumber(0, 3600, 'seconds')
  TOKEN_REUSE_INTERVAL = 10;

  /**
   * Seconds that a session lives, however often it is renewed.
   * @readme
   */
  @WholeNumber(1, 10 * YEAR_SECONDS, 'seconds')
  SESSION_MAX_AGE = 2_592_000;

  /**
   * `true`: every token works once, and each answer carries the next one in `X-Next-Token`.
   * @readme
   */
  @Flag()
  TOKEN_SINGLE_USE = false;

  /**
   * Milliseconds for which a verifier, an API that keeps answers of introspection, may use them after it asked for
   * changes. If a verifier stops, a log-out takes so long at most, and a tenth. The same on every instance.
   */
  @WholeNumber(250, 4000, 'milliseconds')
  VERIFIER_LEASE = 1000;

  /** Sessions that one user may have. One more ends the least recently renewed. */
  @WholeNumber(1, 10_000)
  MAX_SESSIONS = 100;

  /** `argon2id`, or `pbkdf2-sha256` if FIPS 140 functions are demanded. */
  @OneOf(['argon2id', 'pbkdf2-sha256'])
  PASSWORD_HASH: 'argon2id' | 'pbkdf2-sha256' = 'argon2id';

  /**
   * Characters that a new password needs. If the password is the only factor, 15 is better (NIST SP
   * 800-63B-4).
   */
  @WholeNumber(1, 64, 'characters')
  PASSWORD_MIN_LENGTH = 6;

  /** `true` refuses common passwords, and those made of the user's name or the service's. */
  @Flag()
  PASSWORD_BLOCKLIST = false;

  /** `true`: a new password needs the current one. */
  @Flag()
  PASSWORD_CHANGE_REQUIRES_CURRENT = false;

  /** `true` shows the name behind `/api/users/ID` to everybody. */
  @Flag()
  PUBLIC_PROFILES = true;

  /**
   * Wrong passwords for one username from one address in `LOGIN_WINDOW` seconds, before 429. 0: no
   * limit.
   */
  @WholeNumber(0, 1_000_000)
  LOGIN_MAX_FAILURES = 10;

  /** Seconds of `LOGIN_MAX_FAILURES`. */
  @WholeNumber(1, WEEK_SECONDS, 'seconds')
  LOGIN_WINDOW = 60;

  /** Wrong passwords from one address (IPv6: /64) in an hour. 0: no limit. */
  @WholeNumber(0, 1_000_000)
  ADDRESS_MAX_FAILURES = 100;

  /**
   * Wrong passwords for one username from everywhere in `ACCOUNT_WINDOW` seconds. For an address
   * from which the user logged in within 30 days only `LOGIN_MAX_FAILURES` counts. 0: no limit.
   */
  @WholeNumber(0, 1_000_000)
  ACCOUNT_MAX_FAILURES = 100;

  /** Seconds of `ACCOUNT_MAX_FAILURES`. */
  @WholeNumber(1, WEEK_SECONDS, 'seconds')
  ACCOUNT_WINDOW = 3600;

  /** New names from one address in an hour, renames included. 0: no limit. */
  @WholeNumber(0, 1_000_000)
  REGISTRATIONS_PER_HOUR = 0;

  /**
   * Whose `X-Forwarded-For`, or `Forwarded`, is believed: `false`, the number of proxies in front, or
   * their addresses and networks, separated by commas. Behind a proxy that is not named here all
   * clients share one address and its limits.
   */
  @Text(isTrustProxy, 'must be false, a number of proxies, or addresses and networks with commas')
  TRUST_PROXY = 'false';

  /**
   * Origins whose pages may call the service from a browser, separated by commas. Unset: no CORS.
   * @example https://app.example.com,http://localhost:5173
   */
  @IsOptional()
  @Text(areOrigins, 'must be origins such as https://app.example.com, with commas and no path or *')
  CORS_ORIGINS: string | undefined = undefined;

  /**
   * The server that takes mails. `smtp://` has port 587 unless another is given, and the server must offer STARTTLS, or
   * be on this machine; `smtps://` has 465, and TLS from the start. Without it, mails are files in `data/outbox`, and
   * production sends none. docs/guides/mail.md says more.
   * @readme
   * @example smtp://USER:PASSWORD@HOST:587
   */
  @Secret()
  @IsOptional()
  @Text((value) => smtpUrlFault(value) === undefined, (value) => smtpUrlFault(value) ?? '')
  SMTP_URL: string | undefined = undefined;

  /**
   * Whom mails come from: one address, with a name before it or without. Needed with `SMTP_URL`.
   * @readme
   * @example Example <accounts@example.com>
   */
  @IsOptional()
  @Text(
    (value) => parseSender(value) !== undefined,
    'must be one address of ASCII characters, such as accounts@example.com or Example <accounts@example.com>',
  )
  MAIL_FROM: string | undefined = undefined;

  /**
   * A folder with texts of mails that replace the built-in ones: docs/guides/mail.md.
   * @example /etc/gatehouse/mail
   */
  @IsOptional()
  @Text((value) => folderFault(value) === undefined, (value) => folderFault(value) ?? '')
  MAIL_TEMPLATES: string | undefined = undefined;

  /** Days for which security events are kept. */
  @WholeNumber(1, 3650, 'days')
  AUDIT_RETENTION_DAYS = 90;

  /** The page at `/account`, on which people register, log in and look after their account. */
  @Flag()
  ACCOUNT_PAGE = true;

  /** Swagger UI at `/docs`. */
  @Flag()
  SWAGGER = true;

  /**
   * Metrics for Prometheus at `/metrics`, without a log-in: do not let a proxy show them to the
   * world.
   */
  @Flag()
  METRICS = true;

  /**
   * `fatal`, `error`, `warn`, `info`, `debug`, `trace` or `silent`. docs/operations.md explains the
   * lines.
   */
  @OneOf(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
  LOG_LEVEL = 'info';

  /**
   * Node's own: threads for hashing, SQLite and the file system. Two are left free, the others hash,
   * no more than there are cores. On a machine with more than two cores set it to cores + 2, in the
   * environment itself: Node has read it before it reads this file.
   */
  @WholeNumber(1, 1024, 'threads')
  UV_THREADPOOL_SIZE = 4;

  /**
   * Node's own: a file of certificates in PEM, of authorities that are trusted beside the public ones. It belongs into
   * the environment itself: Node has read it before it reads this file.
   * @example /etc/ssl/private-authority.pem
   */
  @IsOptional()
  @Text(
    (file) => certificatesFault(file) === undefined,
    (file) => `names a file that cannot be used: ${certificatesFault(file) ?? ''}`,
  )
  NODE_EXTRA_CA_CERTS: string | undefined = undefined;

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

  /** Whether mails are sent, or written to files, which stand for them outside production. */
  get sendsMail(): boolean {
    return this.SMTP_URL !== undefined || !this.isProduction;
  }

  get isProduction(): boolean {
    return this.NODE_ENV === 'production';
  }

  /**
   * Reads and checks the variables of `source`, and the files that `NAME_FILE` names; an empty one counts as
   * not set.
   * @throws ConfigurationError naming every fault at once
   */
  static load(source: Record<string, string | undefined>): Env {
    const files = readSecretFiles(source, secretsOf(Env.prototype));
    const given = Object.fromEntries(
      Object.keys(new Env())
        .map((name) => [name, files.values[name] ?? source[name]])
        .filter(([, value]) => value),
    ) as Record<string, string>;
    const defaults: Partial<Env> = given.NODE_ENV === 'production' ? PRODUCTION_DEFAULTS : {};
    const env = plainToInstance(Env, { ...defaults, ...given });
    const invalid = validateSync(env, { stopAtFirstError: true });
    const faults = [
      ...files.faults.values(),
      ...invalid.map(
        ({ property, constraints }) => `${property} ${Object.values(constraints ?? {})[0]}`,
      ),
    ];
    // A value that is wrong in itself is not judged further.
    const wrong = [...files.faults.keys(), ...invalid.map(({ property }) => property)];
    const isJudged = (fault: string) =>
      !wrong.some((name) => new RegExp(`\\b${name}\\b`).test(fault));
    faults.push(
      ...[...productionFaults(env), ...storeFaults(env), ...mailFaults(env)].filter(isJudged),
    );
    if (faults.length > 0) throw new ConfigurationError(faults);
    return env;
  }
}
