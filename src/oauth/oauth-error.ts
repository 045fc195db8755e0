/** The errors of the OAuth routes (RFC 6749 §5.2, RFC 6750 §3.1, RFC 7009 §2.2.1), with their usual status. */
const STATUSES = {
  invalid_request: 400,
  invalid_client: 401,
  unauthorized_client: 400,
  unsupported_grant_type: 400,
  invalid_scope: 400,
  insufficient_scope: 403,
  too_many_requests: 429,
  server_error: 500,
  temporarily_unavailable: 503,
} as const;

export type OAuthErrorCode = keyof typeof STATUSES;

interface OAuthErrorOptions {
  /** In place of the code's own. */
  status?: number;
  headers?: Record<string, string>;
}

/** An error that an OAuth route answers. Everything in it may be sent to the client. */
export class OAuthError extends Error {
  /** The name that Fastify's errors have for it: also outside of that edge it is an error of this status. */
  readonly statusCode: number;
  readonly headers: Record<string, string>;

  /** @param description for the developer of the client */
  constructor(
    readonly code: OAuthErrorCode,
    readonly description: string,
    { status, headers = {} }: OAuthErrorOptions = {},
  ) {
    super(`${code}: ${description}`);
    this.name = 'OAuthError';
    this.statusCode = status ?? STATUSES[code];
    this.headers = headers;
  }
}

/**
 * Wrong credentials of a client, or none (RFC 6749 §5.2).
 * @param place where they were: in the body they are a 400, anywhere else a 401 with its challenge
 */
export function invalidClient(place: 'header' | 'body' | 'none'): OAuthError {
  if (place === 'body') {
    return new OAuthError('invalid_client', 'Unknown client or wrong secret', { status: 400 });
  }
  const description =
    place === 'none'
      ? 'Send the client_id and client_secret with HTTP Basic'
      : 'Unknown client or wrong secret';
  return new OAuthError('invalid_client', description, {
    headers: { 'WWW-Authenticate': 'Basic realm="gatehouse"' },
  });
}

/** A request that is not as it has to be. */
export function invalidRequest(description: string): OAuthError {
  return new OAuthError('invalid_request', description);
}
