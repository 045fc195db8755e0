import type { FastifyRequest } from 'fastify';
import type { Principal } from '../common/principal.js';

/** What this service asks of a passport strategy. */
export interface PrincipalStrategy {
  /** Calls `success` or `error` of its `this`. */
  authenticate(request: unknown): void;
}

/**
 * Whom a passport strategy recognises. It runs as passport runs it, on an object made of it for this one
 * request. passport's own middleware also prepares sessions on each request, in a way that keeps what
 * belongs to the request in memory until the next full collection.
 * @throws whatever the strategy finds wrong
 */
export function runStrategy(strategy: PrincipalStrategy, request: FastifyRequest) {
  return new Promise<Principal>((success, error) => {
    const attempt = Object.assign(Object.create(strategy) as PrincipalStrategy, { success, error });
    attempt.authenticate(request);
  });
}
