import type { FastifyRequest } from 'fastify';
import { PROBLEMS, type DomainError, type ProblemCode } from './errors.js';

const BASIC = 'Basic realm="Authentication Required"';
const BEARER = 'Bearer realm="gatehouse"';

/**
 * The values of `WWW-Authenticate` for an error on the matched route: one for each scheme it takes.
 * RFC 7617 §2 for Basic; RFC 6750 §3 for Bearer, with `error` only if Bearer credentials came, and with
 * the scopes that the token lacks.
 */
export function challengesOf({ code, scope }: DomainError, request: FastifyRequest): string[] {
  if (scope !== undefined) {
    return [`${bearer('insufficient_scope', code)}${scope && `, scope="${scope}"`}`];
  }
  if (code === 'several-credentials') return [bearer('invalid_request', code)];
  if (PROBLEMS[code].status !== 401) return [];
  const schemes = request.access?.schemes ?? [];
  // The JSON log-in takes no scheme itself; what its callers need next is a Bearer token.
  if (schemes.length === 0) return [BEARER];
  return schemes.map((scheme) => {
    if (scheme === 'basic') return BASIC;
    return request.presentedToken ? bearer('invalid_token', 'token-invalid') : BEARER;
  });
}

function bearer(error: string, code: ProblemCode): string {
  return `${BEARER}, error="${error}", error_description="${PROBLEMS[code].detail}"`;
}
