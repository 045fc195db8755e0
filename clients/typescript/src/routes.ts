import type { paths } from './schema.js';

/** A method and a path of the interface. */
type Route = `${'GET' | 'POST' | 'PUT' | 'DELETE'} ${keyof paths}`;

const routes = (...all: Route[]): ReadonlySet<string> => new Set<string>(all);

export const CHANGE: Route = 'PUT /user';
export const LOGOUT: Route = 'POST /logout';
export const RENEW: Route = 'POST /renew_token';

/** Their answers begin a session. */
export const LOGINS = routes('POST /authenticate_user', 'POST /authenticate_user/verify');

/** The `token` in their bodies is of a mail's link, and no one's session. */
export const TAKES_LINK = routes('POST /user/email/verify', 'POST /password/reset');

/** They ask for no token, and get none. */
export const PUBLIC: ReadonlySet<string> = new Set([
  ...LOGINS,
  ...routes(
    'POST /password/forgot',
    'POST /password/reset',
    'POST /user',
    'POST /api/users',
    'GET /health/live',
    'GET /health/ready',
    'GET /metrics',
  ),
]);

/** A 503 is what they are asked for, or a repeat would meet what the first attempt did: an account, a used secret, a mail. */
export const NEVER_REPEATED = routes(
  'POST /password/forgot',
  'POST /password/reset',
  'POST /user/email/verify',
  'POST /user',
  'POST /api/users',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
);

/** Their answers have the token to use next. */
export const BRINGS_TOKEN = routes('GET /user', CHANGE, 'POST /validate_token', RENEW);

/** They take no request without a token, and leave the session alive. */
export const ASKS_FOR_TOKEN: ReadonlySet<string> = new Set([
  ...BRINGS_TOKEN,
  ...routes('GET /user/sessions', 'GET /user/events'),
]);

/** Once they succeed the session is over. */
export const ENDS_SESSION = routes(LOGOUT, 'DELETE /user', 'DELETE /user/sessions');

/** Other tokens of the session may die of them: no other request is sent meanwhile. */
export const NEEDS_QUIET: ReadonlySet<string> = new Set([...ENDS_SESSION, CHANGE]);
