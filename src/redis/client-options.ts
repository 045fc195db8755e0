import type { RedisClientOptions } from '@redis/client';
import type { Env } from '../config/env.js';
import { withoutBrackets, type ServerAddress } from '../config/env-values.js';
import { REDIS_CONNECT_MS, REDIS_LOGIN_MS, REDIS_RECONNECT_MS } from './redis-limits.js';

/** How to reach the servers, and as whom. */
interface Access {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly isEncrypted: boolean;
}

/** The options of a client, without or with its server. New ones at each call, because clients write into them. */
export function clientOptions(
  { username, password, isEncrypted }: Access,
  server?: ServerAddress & { readonly database?: number },
) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(server?.database !== undefined && { database: server.database }),
    // A command that waits for a connection would be answered long after its caller has gone.
    disableOfflineQueue: true,
    // Callers have deadlines of their own; the client's would cost each command an AbortSignal.
    commandOptions: { timeout: 0 },
    socket: {
      ...(server && { host: server.host, port: server.port }),
      ...(isEncrypted && { tls: true as const }),
      connectTimeout: REDIS_CONNECT_MS,
      // For the log-in. Later each write begins this time again, and `Connections` watches instead.
      socketTimeout: REDIS_LOGIN_MS,
      reconnectStrategy: reconnectDelayMs,
    },
  } satisfies RedisClientOptions;
}

/** @param attempts how many have failed so far */
export function reconnectDelayMs(attempts: number): number {
  return Math.min(25 * (attempts + 1), REDIS_RECONNECT_MS);
}

/** What `REDIS_USERNAME`, `REDIS_PASSWORD` and `REDIS_TLS` say. */
export function accessOf({ REDIS_USERNAME, REDIS_PASSWORD, REDIS_TLS }: Env): Access {
  return { username: REDIS_USERNAME, password: REDIS_PASSWORD, isEncrypted: REDIS_TLS };
}

/** What the sentinels are given: a password of their own, or else what their Redis is given. */
export function sentinelAccessOf(env: Env): Access {
  const { REDIS_SENTINEL_PASSWORD: password } = env;
  const access = accessOf(env);
  return password === undefined ? access : { ...access, username: undefined, password };
}

/** The options for a `REDIS_URL` that has passed its check. */
export function urlOptions(text: string) {
  const { protocol, hostname, port, pathname, username, password } = new URL(text);
  const access = {
    username: decodeURIComponent(username) || undefined,
    password: decodeURIComponent(password) || undefined,
    isEncrypted: protocol === 'rediss:',
  };
  const server = { host: withoutBrackets(hostname), port: Number(port || 6379) };
  return clientOptions(access, { ...server, database: Number(pathname.slice(1)) });
}
