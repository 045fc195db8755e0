import { applyDecorators } from '@nestjs/common';
import { ApiBasicAuth, ApiResponse, ApiSecurity, type ApiResponseOptions } from '@nestjs/swagger';
import type { OAuthErrorCode } from './oauth-error.js';

/** What each status means at the edge of OAuth, and the errors that it comes with. */
const ERRORS: Record<number, { description: string; codes: OAuthErrorCode[] }> = {
  400: {
    description: 'The request, or credentials in its body, are wrong',
    codes: [
      'invalid_request',
      'invalid_client',
      'unsupported_grant_type',
      'invalid_scope',
      'unauthorized_client',
    ],
  },
  401: {
    description: 'Unknown client or wrong secret, or none was sent',
    codes: ['invalid_client'],
  },
  403: { description: 'The client may not do this', codes: ['insufficient_scope'] },
  404: { description: 'There is nothing at this address', codes: ['invalid_request'] },
  408: { description: 'The request did not arrive in time', codes: ['invalid_request'] },
  413: { description: 'The body has more than 16 KiB', codes: ['invalid_request'] },
  415: { description: 'The body is no form', codes: ['invalid_request'] },
  429: {
    description: 'The client has too many live tokens, or verifiers',
    codes: ['too_many_requests'],
  },
  431: { description: 'The headers of the request are too large', codes: ['invalid_request'] },
  503: { description: 'A store cannot answer', codes: ['temporarily_unavailable'] },
};

const HEADERS: Record<number, [name: string, description: string]> = {
  401: ['WWW-Authenticate', 'Send the credentials with HTTP Basic'],
  429: ['Retry-After', 'Seconds after which to try again'],
  503: ['Retry-After', 'Seconds after which to try again'],
};

/** Documents that a route takes a client's secret. @param options.orNone whether it may do without */
export function ApiClientAuthentication({ orNone = false } = {}) {
  return applyDecorators(ApiBasicAuth(), ...(orNone ? [ApiSecurity({})] : []));
}

/** Documents the statuses of errors that are a route's own; `openapi` adds those of every request. */
export function ApiOAuthErrors(...statuses: number[]) {
  const responses = Object.entries(oauthErrorResponses(statuses));
  return applyDecorators(
    ...responses.map(([status, response]) => ApiResponse({ ...response, status: Number(status) })),
  );
}

/** The documented answers of errors, by status. */
export function oauthErrorResponses(statuses: number[]): Record<string, ApiResponseOptions> {
  return Object.fromEntries(statuses.map((status) => [String(status), responseOf(status)]));
}

function responseOf(status: number): ApiResponseOptions {
  const { description = '', codes = [] } = ERRORS[status] ?? {};
  const [name, meaning] = HEADERS[status] ?? [];
  const header = { description: meaning, required: true, schema: { type: 'string' as const } };
  const examples = codes.map(
    (error) => [error, { value: { error, error_description: description } }] as const,
  );
  return {
    description,
    ...(name !== undefined && { headers: { [name]: header } }),
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/OAuthErrorDto' },
        examples: Object.fromEntries(examples),
      },
    },
  } as ApiResponseOptions;
}
