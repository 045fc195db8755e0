import { DomainError, PROBLEMS, type ProblemCode } from '../problems/errors.js';
import { toDomainError } from '../problems/problem.js';
import { OAuthError, type OAuthErrorCode } from './oauth-error.js';

/** The media type of every answer here, errors too. */
export const OAUTH_MEDIA_TYPE = 'application/json; charset=utf-8';

/** An error as it is answered (RFC 6749 §5.2). */
export interface OAuthErrorAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: { readonly error: OAuthErrorCode; readonly error_description: string };
}

/** What is said otherwise here than where JSON is sent. */
const DESCRIPTIONS: Partial<Record<ProblemCode, string>> = {
  'unsupported-media-type': 'Send the body as application/x-www-form-urlencoded in UTF-8',
};

const CODES: Record<number, OAuthErrorCode> = {
  403: 'insufficient_scope',
  429: 'too_many_requests',
  500: 'server_error',
  503: 'temporarily_unavailable',
};

/** Any error as the answer of an OAuth route. */
export function toOAuthAnswer(error: unknown): OAuthErrorAnswer {
  return error instanceof OAuthError ? ofOAuth(error) : ofDomain(toDomainError(error));
}

function ofOAuth({ code, statusCode: status, headers, description }: OAuthError): OAuthErrorAnswer {
  return { status, headers, body: bodyOf(code, description) };
}

function ofDomain({ code, detail, allow, retryAfterSeconds }: DomainError): OAuthErrorAnswer {
  const { status } = PROBLEMS[code];
  const headers: Record<string, string> = {
    ...(allow && { Allow: allow.join(', ') }),
    ...(retryAfterSeconds !== undefined && { 'Retry-After': String(retryAfterSeconds) }),
  };
  const body = bodyOf(CODES[status] ?? 'invalid_request', DESCRIPTIONS[code] ?? detail);
  return { status, headers, body };
}

/** RFC 6749 §5.2 has no quotes, backslashes and non-ASCII characters in a description. */
function bodyOf(error: OAuthErrorCode, description: string) {
  return { error, error_description: description.replace(/[^\x20\x21\x23-\x5b\x5d-\x7e]/g, "'") };
}
