import { PROBLEMS } from '../problems/errors.js';
import { toDomainError } from '../problems/problem.js';

/**
 * How a log-in ended: `failed` for a wrong name or password, `throttled` after too many of those,
 * `overloaded` if too many hashes waited, `unavailable` if a store could not answer.
 */
export const LOGIN_OUTCOMES = [
  'succeeded',
  'failed',
  'throttled',
  'overloaded',
  'unavailable',
] as const;
export type LoginOutcome = (typeof LOGIN_OUTCOMES)[number];

/** 408 is a client that went while it waited for its hash. */
const OUTCOMES_OF_STATUSES: Record<number, LoginOutcome> = {
  401: 'failed',
  408: 'failed',
  429: 'throttled',
};

/** How a log-in with this error ended. */
export function loginOutcomeOf(error: unknown): LoginOutcome {
  const { code } = toDomainError(error);
  if (code === 'overloaded') return code;
  return OUTCOMES_OF_STATUSES[PROBLEMS[code].status] ?? 'unavailable';
}

/** `soft` if an answer brought a fresh token by itself, `hard` if `/renew_token` asked for it. */
export const RENEWAL_KINDS = ['soft', 'hard'] as const;
export type RenewalKind = (typeof RENEWAL_KINDS)[number];

/** Why sessions were ended before their time. */
export const REVOCATION_CAUSES = [
  'logout',
  'logout_everywhere',
  'password_change',
  'account_deletion',
  'session_limit',
  'second_factor',
  'token_reuse',
] as const;
export type RevocationCause = (typeof REVOCATION_CAUSES)[number];

/** How the check of an API key ended, if a store could say. */
export const KEY_OUTCOMES = ['accepted', 'refused'] as const;
export type KeyOutcome = (typeof KEY_OUTCOMES)[number];

/** What happened to an API key. */
export const KEY_CHANGES = ['created', 'deleted'] as const;
export type KeyChange = (typeof KEY_CHANGES)[number];

/** How the check of a second factor's code ended; `limited` if no other than a recovery code would do. */
export const CODE_OUTCOMES = ['accepted', 'refused', 'limited'] as const;
export type CodeOutcome = (typeof CODE_OUTCOMES)[number];

/**
 * What became of an attempt to send a mail: `refused` by the server, `failed` if there was no server to take it, `limited`
 * and `void` if it was not to be sent any more, `given_up` after a day.
 */
export const MAIL_OUTCOMES = ['sent', 'refused', 'failed', 'limited', 'void', 'given_up'] as const;
export type MailOutcome = (typeof MAIL_OUTCOMES)[number];

/**
 * What is asked of the stores. The database answers single reads, transactions as writes, and counts in
 * single statements.
 */
export const STORE_OPERATIONS = {
  database: ['read', 'write', 'count'],
  redis: ['get', 'set', 'delete', 'script', 'count', 'identify', 'ping'],
} as const;
export type Store = keyof typeof STORE_OPERATIONS;
export type StoreOperation<S extends Store> = (typeof STORE_OPERATIONS)[S][number];

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** A method as a label: clients may send any, and must not make a series with each. */
export function methodLabel(method: string): string {
  return METHODS.has(method) ? method : 'other';
}
