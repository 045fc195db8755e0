// The token, and every request that the page makes.
import { fromNow } from './words.js';

/**
 * @typedef {{ field: string, detail: string }} FieldError
 * @typedef {{ id: string, current: boolean, created_at: string, renewed_at: string,
 *   address: string, user_agent: string | null }} Session
 * @typedef {{ id: string, name: string, hint: string, roles: string[], created_at: string,
 *   expires_at: string | null, last_used_at: string | null }} Key
 * @typedef {{ id: string, type: string, name: string, created_at: string,
 *   last_used_at: string | null }} Factor
 * @typedef {{ type: string, at: string, address: string, user_agent: string | null,
 *   outcome: 'success' | 'failure' }} SecurityEvent
 */

/**
 * Whatever the routes that the page asks have in their answers, errors included (RFC 9457).
 * @typedef {object} Answer
 * @property {string} [token] the one to use next
 * @property {number} [duration] seconds that it lives
 * @property {{ id: number, username: string }} user
 * @property {Session[]} sessions
 * @property {Key[]} keys
 * @property {string} key one that was made
 * @property {string | null} email
 * @property {boolean} verified whether the address is
 * @property {string} id of a mail, or of a factor that is being added
 * @property {Factor[]} factors
 * @property {number} recovery_codes_left
 * @property {string[]} [recovery_codes] that were made
 * @property {string} secret of a factor that is being added
 * @property {string} uri the same, for an app
 * @property {string} challenge what a log-in goes on with that needs a second factor
 * @property {SecurityEvent[]} events
 * @property {string | null} next_cursor
 * @property {string} [type]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {FieldError[]} [errors]
 */

/** Which problem says that the password is right, and a code is needed. */
export const SECOND_FACTOR_REQUIRED = '/problems/second-factor-required';

const CODE_INVALID = '/problems/code-invalid';
const WRONG_CODE = [{ field: 'code', detail: 'is wrong, was used before, or is too old' }];

/** With these words the service says when, in a header. Else it says what helps sooner. */
const TRY_LATER = 'try again later';

const UNREACHABLE = 'The service cannot be reached. Try again in a moment.';
const LOGGED_OUT = 'You were logged out: your session has ended. Log in again.';

/** A token is renewed once this much of its life is over. */
const RENEWAL_SHARE = 0.75;

/**
 * How long a renewal may take, and until one whose answer was lost, or was a refusal, is tried again. It may
 * have happened all the same, and ten seconds later (`TOKEN_REUSE_INTERVAL`) the second try would count
 * as theft; a refusal takes six seconds at the most.
 */
const RENEWAL_PATIENCE_MS = 7_000;
const RETRY_MS = 3_000;
const LOST_RETRY_MS = 1_000;

/** The service answers sooner, whatever is the matter. */
const PATIENCE_MS = 20_000;

/** Browsers take a longer delay for none. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The token to use next. It is here and nowhere else, so it is gone with the page. */
let token = '';
let renewAtMs = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let renewal;
/** @type {(message: string) => void} */
let tellLoggedOut = () => undefined;
/** @type {Promise<unknown>} */
let lastTurn = Promise.resolve();

/** A request that was not fulfilled, and why, in a sentence for the person at the page. */
export class Failure extends Error {
  /**
   * @param {string} message
   * @param {number} [status] of the answer
   * @param {Partial<Answer>} [problem] what was in it
   */
  constructor(message, status = 0, { type = '', errors = [], challenge = '' } = {}) {
    super(message);
    this.status = status;
    this.type = type;
    /** What is wrong with which field. */
    this.errors = errors;
    this.challenge = challenge;
  }
}

/** No answer of the service came; it may have done what it was asked for. */
class Unreachable extends Failure {
  constructor() {
    super(UNREACHABLE);
  }
}

/** The session has ended. */
export class LoggedOut extends Failure {}

/**
 * Has `listener` called whenever the service says that the session has ended.
 * @param {(message: string) => void} listener
 */
export function onLoggedOut(listener) {
  tellLoggedOut = listener;
}

/**
 * Registers an account.
 * @param {object} credentials
 */
export async function register(credentials) {
  await send('POST', 'user', credentials);
}

/**
 * Starts a session.
 * @param {object} credentials
 */
export async function logIn(credentials) {
  await send('POST', 'authenticate_user', credentials);
  if (token === '') throw new Unreachable();
}

/**
 * Starts the session of a log-in that needed a second factor.
 * @param {object} proof the challenge and a code
 */
export async function verifyLogIn(proof) {
  await send('POST', 'authenticate_user/verify', proof);
  if (token === '') throw new Unreachable();
}

/**
 * Asks for something that needs no log-in.
 * @param {string} path
 * @param {object} body
 */
export function ask(path, body) {
  return send('POST', path, body);
}

/** Forgets the token. */
export function forget() {
  token = '';
  clearTimeout(renewal);
}

/**
 * Makes a request of the session.
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
export function call(method, path, body) {
  return inTurn(async () => {
    // A computer that slept wakes up before its timers do.
    if (Date.now() >= renewAtMs) await renewToken();
    return send(method, path, body);
  });
}

/**
 * One request after the other: an answer may have the token that the next request needs.
 * @param {() => Promise<Answer>} work
 */
function inTurn(work) {
  const result = lastTurn.then(() => {
    if (token === '') throw new LoggedOut(LOGGED_OUT);
    return work();
  });
  lastTurn = result.catch(() => undefined);
  return result;
}

/** Renews the token; if that fails, it tries again later. */
async function renewToken() {
  try {
    return await send('POST', 'renew_token', undefined, RENEWAL_PATIENCE_MS);
  } catch (error) {
    if (error instanceof Unreachable) {
      renewIn(LOST_RETRY_MS);
      // The old token may be about to die: no request is made with it before it is renewed.
      renewAtMs = 0;
    } else if (token !== '') {
      renewIn(RETRY_MS);
    }
    throw error;
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {number} [patienceMs]
 */
async function send(method, path, body, patienceMs = PATIENCE_MS) {
  const usesToken = token !== '';
  const response = await fetch(path, {
    method,
    headers: {
      ...(body && { 'Content-Type': 'application/json' }),
      ...(usesToken && { Authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(patienceMs),
  }).catch(() => {
    throw new Unreachable();
  });
  // A proxy may answer with something else, and a connection may break in the middle.
  const json = /** @type {unknown} */ (await response.json().catch(() => null));
  const isOurs = typeof json === 'object' && json !== null && !Array.isArray(json);
  const content = /** @type {Answer} */ (isOurs ? json : {});
  token = response.headers.get('X-Next-Token') ?? content.token ?? token;
  if (content.duration) renewIn(content.duration * 1000 * RENEWAL_SHARE);
  if (response.ok && !isOurs) throw new Unreachable();
  if (response.ok) return content;
  if (response.status !== 401 || !usesToken) throw failureOf(response, content);
  forget();
  tellLoggedOut(LOGGED_OUT);
  throw new LoggedOut(LOGGED_OUT);
}

/** @param {number} ms */
function renewIn(ms) {
  renewAtMs = Date.now() + ms;
  clearTimeout(renewal);
  renewal = setTimeout(renew, Math.min(ms, LONGEST_DELAY_MS));
}

function renew() {
  inTurn(renewToken).catch(() => undefined);
}

/**
 * @param {Response} response
 * @param {Answer} problem
 */
function failureOf({ status, headers }, problem) {
  const { type, title, detail } = problem;
  if (status === 429 && (!detail || detail.endsWith(TRY_LATER))) {
    const seconds = Number(headers.get('Retry-After')) || 1;
    return new Failure(`${title ?? 'Too many requests'}: try again ${fromNow(seconds)}.`, status);
  }
  const text = `${detail ?? `The service answered with status ${status}: try again later`}.`;
  if (status >= 500 && token) return new Failure(`${text} You are still logged in.`, status);
  return new Failure(text, status, type === CODE_INVALID ? { errors: WRONG_CODE } : problem);
}
