import type { ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { announceNextToken } from '../common/next-token.js';
import type { Authenticated } from '../common/principal.js';

/** What this service asks of a passport strategy. */
export interface PrincipalStrategy {
  /** Calls `success` with an `Authenticated`, or `error`, of its `this`. */
  authenticate(request: unknown): void;
}

/**
 * Lets a passport strategy say who makes the request. It runs as passport runs it, on an object made of it for
 * this one request. passport's own middleware also prepares sessions on each request, in a way that keeps what
 * belongs to the request in memory until the next full collection.
 * @throws whatever the strategy finds wrong
 */
export async function authenticateBy(
  strategy: PrincipalStrategy,
  context: ExecutionContext,
): Promise<true> {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const { principal, nextToken } = await new Promise<Authenticated>((success, error) => {
    const attempt = Object.assign(Object.create(strategy) as PrincipalStrategy, { success, error });
    attempt.authenticate(request);
  });
  request.user = principal;
  // Here already, so that the answer to an error of the handler carries it too.
  if (nextToken !== undefined) announceNextToken(http.getResponse<FastifyReply>(), nextToken);
  return true;
}
