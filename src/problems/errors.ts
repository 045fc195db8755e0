import type { TokenSubject } from '../common/security-log.js';

/** A problem as the client meets it: HTTP status, a title that never changes and a default detail. */
interface Problem {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
}

/**
 * Every error the service answers, by code. The code is the last part of the problem's `type`
 * (`/problems/<code>`, RFC 9457 §3.1.1); a code without a status does not compile.
 */
export const PROBLEMS = {
  'malformed-request': {
    status: 400,
    title: 'Malformed request',
    detail: 'The request could not be understood',
  },
  'validation-failed': {
    status: 400,
    title: 'Invalid input',
    detail: 'Some fields of the request are invalid',
  },
  'code-invalid': {
    status: 400,
    title: 'Invalid code',
    detail: 'The code is wrong, was used before, or is too old',
  },
  'reset-invalid': {
    status: 400,
    title: 'Invalid reset',
    detail:
      'The link or code is wrong, was used before, or is too old: ask for a new mail, and use the newest one',
  },
  'several-credentials': {
    status: 400,
    title: 'More than one credential',
    detail:
      'The token in the body and the one in the Authorization header differ: send one of them',
  },
  'unknown-user': {
    status: 400,
    title: 'Unknown user',
    detail: 'There is no user with this id',
  },
  'invalid-login': {
    status: 401,
    title: 'Login failed',
    detail: 'Invalid username or password',
  },
  'second-factor-required': {
    status: 401,
    title: 'Second factor required',
    detail: 'The password is right: send a code of your second factor to /authenticate_user/verify',
  },
  'challenge-invalid': {
    status: 401,
    title: 'Log-in expired',
    detail: 'This log-in has expired, was finished, or had too many wrong codes: log in again',
  },
  'token-missing': {
    status: 401,
    title: 'Authentication required',
    detail: 'Token is missing',
  },
  'token-invalid': {
    status: 401,
    title: 'Authentication required',
    detail: 'Invalid or expired token',
  },
  'credentials-missing': {
    status: 401,
    title: 'Authentication required',
    detail: 'Send a username and a password, or a token as the username, with HTTP Basic',
  },
  'cross-site-request': {
    status: 403,
    title: 'Cross-site request refused',
    detail:
      'A page of another site may not use the credentials that the browser keeps for this one',
  },
  'not-with-a-key': {
    status: 403,
    title: 'Not with an API key',
    detail: 'An API key cannot do this: log in, and send the token',
  },
  'not-a-user': {
    status: 403,
    title: 'Not a user',
    detail: 'This is the token of a client, and the route is about a user: log in as one',
  },
  'not-allowed': {
    status: 403,
    title: 'Not allowed',
    detail: 'The token does not have what this request needs',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    detail: 'There is nothing at this address',
  },
  'unknown-session': {
    status: 404,
    title: 'Unknown session',
    detail: 'You have no session with this id',
  },
  'unknown-key': {
    status: 404,
    title: 'Unknown API key',
    detail: 'You have no API key with this id',
  },
  'unknown-factor': {
    status: 404,
    title: 'Unknown factor',
    detail: 'You have no second factor with this id',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    detail: 'This address does not answer that method: see the Allow header',
  },
  'request-timeout': {
    status: 408,
    title: 'Request timeout',
    detail: 'The request did not arrive in time',
  },
  'username-taken': {
    status: 409,
    title: 'Username taken',
    detail: 'This username is already taken: choose another',
  },
  'email-taken': {
    status: 409,
    title: 'Address taken',
    detail: 'Another account has verified this address',
  },
  'too-many-factors': {
    status: 409,
    title: 'Too many factors',
    detail:
      'You have as many second factors as an account may have: remove one that you do not need',
  },
  'too-many-keys': {
    status: 409,
    title: 'Too many API keys',
    detail: 'You have as many API keys as an account may have: delete one that you do not need',
  },
  'body-too-large': {
    status: 413,
    title: 'Body too large',
    detail: 'The body of a request may have at most 16 KiB',
  },
  'uri-too-long': {
    status: 414,
    title: 'URI too long',
    detail: 'The address of the request is too long',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    detail: 'Send the body as application/json in UTF-8',
  },
  'too-many-attempts': {
    status: 429,
    title: 'Too many attempts',
    detail: 'Too many failed attempts: try again later',
  },
  'too-many-verifiers': {
    status: 429,
    title: 'Too many verifiers',
    detail: 'The client has 1,000 live verifiers: one more can begin once one of them has ended',
  },
  'headers-too-large': {
    status: 431,
    title: 'Headers too large',
    detail: 'The headers of the request are too large',
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    detail: 'Something went wrong on our side; the log has it under the request id',
  },
  overloaded: {
    status: 503,
    title: 'Overloaded',
    detail: 'Too many passwords are being checked right now: try again shortly',
  },
  'service-unavailable': {
    status: 503,
    title: 'Service unavailable',
    detail: 'A store behind the service cannot answer right now: try again shortly',
  },
} as const satisfies Record<string, Problem>;

export type ProblemCode = keyof typeof PROBLEMS;

/** One refused field and why, in words for the person who sent it. */
export interface FieldError {
  field: string;
  detail: string;
}

interface DomainErrorOptions {
  /** Public text in place of the table's. */
  detail?: string;
  /** Public field-level reasons. */
  errors?: FieldError[];
  /** Seconds a client should wait before it tries again. */
  retryAfterSeconds?: number;
  /** The methods that a 405 names in `Allow`. */
  allow?: string[];
  /** The scopes that a 403 of a token without them names, with spaces between them (RFC 6750 §3). */
  scope?: string;
  /** More members of the problem document (RFC 9457 §3.2). */
  members?: Readonly<Record<string, string | number | readonly string[]>>;
  /** Private: logged, never sent. */
  cause?: unknown;
  /** Private: whose token it was, if its signature told. */
  subject?: TokenSubject;
}

/** An error with a code of {@link PROBLEMS}. Everything in it but `cause` and `subject` may be sent to the client. */
export class DomainError extends Error {
  readonly detail: string;
  readonly errors: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly allow: string[] | undefined;
  readonly scope: string | undefined;
  readonly members: DomainErrorOptions['members'];
  readonly subject: TokenSubject | undefined;

  constructor(
    readonly code: ProblemCode,
    options: DomainErrorOptions = {},
  ) {
    super(options.detail ?? PROBLEMS[code].detail, { cause: options.cause });
    this.name = 'DomainError';
    this.detail = this.message;
    this.errors = options.errors;
    this.allow = options.allow;
    this.scope = options.scope;
    this.members = options.members;
    this.subject = options.subject;
    this.retryAfterSeconds =
      options.retryAfterSeconds ?? (PROBLEMS[code].status === 503 ? 1 : undefined);
  }
}

/** A 400 that names the one field at fault. */
export function invalidField(field: string, detail: string): DomainError {
  return new DomainError('validation-failed', {
    detail: `${field} ${detail}`,
    errors: [{ field, detail }],
  });
}

/** Whether the error says that a store could not answer. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof DomainError && error.code === 'service-unavailable';
}

/** For what may fail as long as a store cannot answer. @throws any other error */
export function ignoreUnavailable(error: unknown): void {
  if (!isUnavailable(error)) throw error;
}
