import type { FastifyRequest } from 'fastify';
import { clientInfoOf } from '../common/client-info.js';
import { logSecurityEvent } from '../common/security-log.js';
import { PROBLEMS, type DomainError } from './errors.js';

/**
 * Notes that a request was refused for what it presented, or did not (OWASP ASVS 16.3.2): one line for
 * each answer of 401 or 403. `info`, because every client whose token expires meets one.
 */
export function logRefusal(error: DomainError, request: FastifyRequest): void {
  const { status } = PROBLEMS[error.code];
  if (status !== 401 && status !== 403) return;
  logSecurityEvent(
    {
      event: 'access.refused',
      outcome: 'failure',
      client: clientInfoOf(request),
      ...error.subject,
      // The route's pattern: what was really asked for may hold anything.
      details: { reason: error.code, method: request.method, route: request.routeOptions.url },
    },
    'info',
  );
}
