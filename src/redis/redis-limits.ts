/** Making a connection. */
export const REDIS_CONNECT_MS = 500;

/**
 * Logging in on a connection. The client goes on watching a connection for this long after its last write, by a
 * clock that goes on while the process stands still, so it is longer than machines are paused for.
 */
export const REDIS_LOGIN_MS = 3_000;

/** A connection without an answer for this long, pings included, is given up. */
export const REDIS_SILENCE_MS = 1_000;

/** Pings, and the question which server this is. */
export const REDIS_PROBE_MS = 500;

/** A server that takes no writes is looked for at its address again, this often at most. */
export const REDIS_READ_ONLY_MS = 2_000;

/** One command, its way included. After it the caller hears 503, and a script writes no more. */
export const REDIS_DEADLINE_MS = 1_500;

/** Waiting between two attempts to connect, at most. */
export const REDIS_RECONNECT_MS = 250;
