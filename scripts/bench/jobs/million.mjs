// Tables as large as a big installation's, with much that is over in each, for both engines: what differs
// between them is how they count.

/** A prime above a million: multiplying modulo it puts keys into an order that is not the rows'. */
const PRIME = 1_000_003;
export const MOST_ROWS = PRIME - 1;

const DAY_SECONDS = 24 * 3600;

/** Where the sessions of which something is left to do lie, and how many there are of each kind. */
const BUSY_FROM = 0.6;
/** More than one round of pruning finishes. */
const ENDED = 3_000;
const RENAMED = 0.0015;
const UNSETTLED = 0.0007;

/**
 * The statements that fill the tables. `dead` of the rows are over in each: sessions and tokens that
 * expired, tokens that were replaced, events beyond their retention, counters of windows that have ended.
 * @param {{ rows: number, dead: number, hashes: string[], numbers: string, hasCounters: boolean }} options
 *   `numbers` makes a table `numbers` with a column `n` from 1 to `rows`
 */
export function fillings({ rows, dead, hashes, numbers, hasCounters }) {
  const nowMs = Date.now();
  const now = Math.floor(nowMs / 1000);
  const key = (n) => `((${n}) * 7919 % ${PRIME})`;
  const spread = (count) => `(n * 104729 % ${count})`;
  const busy = Math.floor(rows * BUSY_FROM);
  const renamed = busy + Math.floor(rows * RENAMED);
  const unsettled = renamed + Math.floor(rows * UNSETTLED);
  const ended = Math.min(ENDED, dead);
  const into = (table, columns) =>
    `WITH ${numbers} INSERT INTO ${table} (${Object.keys(columns).join()})
     SELECT ${Object.values(columns).join()} FROM numbers`;
  const filled = [
    into('users', {
      username: `'user-' || ${key('n')}`,
      password_hash: `CASE n % 2 WHEN 0 THEN '${hashes[0]}' ELSE '${hashes[1]}' END`,
      credential_version: 0,
      created_at_ms: nowMs,
    }),
    into('sessions', {
      id: `'session-' || ${key('n')}`,
      user_id: 'n',
      username: `'user-' || ${key('n')}`,
      created_at_ms: nowMs - 3 * DAY_SECONDS * 1000,
      renewed_at_ms: nowMs,
      // The ended ones lie in the way of those that expired.
      expires_at_seconds: `CASE
        WHEN n <= ${ended} THEN ${now - 4 * DAY_SECONDS}
        WHEN n <= ${dead} THEN ${now - 3 * DAY_SECONDS} + ${spread(DAY_SECONDS)}
        ELSE ${now + 600} + ${spread(1_500)} END`,
      ends_at_seconds: now + 20 * DAY_SECONDS,
      generation: 0,
      ended_at_ms: `CASE WHEN n <= ${ended} THEN ${nowMs - 60_000} + n END`,
      renamed_at_ms: `CASE WHEN n > ${busy} AND n <= ${renamed} THEN ${nowMs - 60_000} + ${spread(1_000)} END`,
      unsettled_until_ms: `CASE WHEN n > ${renamed} AND n <= ${unsettled} THEN ${nowMs - 60_000} + ${spread(1_000)} END`,
      replacements: `CASE WHEN n > ${renamed} AND n <= ${unsettled} THEN 1 ELSE 0 END`,
      address: `'192.0.2.1'`,
    }),
    // One for each session; the replaced ones are of sessions that have a newest one.
    into('tokens', {
      jti: `'token-' || ${key('n')}`,
      user_id: `CASE WHEN n <= ${dead} THEN n + ${busy} ELSE n END`,
      username: `'user'`,
      session_id: `'session-' || (CASE WHEN n <= ${dead} THEN ${key(`n + ${busy}`)} ELSE ${key('n')} END)`,
      auth_time_seconds: now - 3 * DAY_SECONDS,
      session_ends_at_seconds: now + 20 * DAY_SECONDS,
      issued_at_seconds: now - 3 * DAY_SECONDS,
      expires_at_seconds: `CASE
        WHEN n > ${dead} AND n <= ${2 * dead} THEN ${now - 2 * DAY_SECONDS} + ${spread(DAY_SECONDS)}
        ELSE ${now + 600} + ${spread(1_500)} END`,
      newest: `n > ${dead}`,
      generation: 0,
      // Half of them as an older version left them.
      dies_at_ms: `CASE WHEN n <= ${dead / 2} THEN 0 WHEN n <= ${dead} THEN ${nowMs - 60_000} + ${spread(1_000)} END`,
      replacements: `CASE WHEN n > ${renamed} AND n <= ${unsettled} AND n % 2 = 0 THEN 1 ELSE 0 END`,
    }),
    into('security_events', {
      type: `'login.succeeded'`,
      outcome: `'success'`,
      at_ms: `CASE WHEN n <= ${dead} THEN ${nowMs - 100 * DAY_SECONDS * 1000} ELSE ${nowMs - DAY_SECONDS * 1000} END + n`,
      user_id: 'n',
      address: `'192.0.2.1'`,
      address_block: `'192.0.2.1'`,
    }),
  ];
  if (!hasCounters) return filled;
  const counters = into('counters', {
    key: `'counter-' || ${key('n')}`,
    points: 1,
    expire: `CASE WHEN n <= ${dead} THEN ${nowMs - 3_600_000} ELSE ${nowMs + 3_600_000} END + ${spread(1_000)}`,
  });
  return [...filled, counters];
}

/** What is left to do, found by an index: each is true while there is some. */
export function remains(hasCounters) {
  const nowMs = Date.now();
  const longAgo = Math.floor(nowMs / 1000) - 1.5 * DAY_SECONDS;
  const there = (table, condition) => `EXISTS (SELECT 1 FROM ${table} WHERE ${condition})`;
  return {
    'expired sessions': there('sessions', `expires_at_seconds < ${longAgo}`),
    'ended sessions': there('sessions', 'ended_at_ms IS NOT NULL'),
    'renamed sessions': there('sessions', 'renamed_at_ms IS NOT NULL'),
    'unsettled sessions': there('sessions', 'unsettled_until_ms IS NOT NULL'),
    'expired tokens': there('tokens', `expires_at_seconds < ${longAgo + DAY_SECONDS}`),
    'replaced tokens': there('tokens', `dies_at_ms <= ${nowMs}`),
    'old events': there('security_events', `at_ms < ${nowMs - 95 * DAY_SECONDS * 1000}`),
    ...(hasCounters && { 'old counters': there('counters', `expire < ${nowMs - 1_800_000}`) }),
  };
}
