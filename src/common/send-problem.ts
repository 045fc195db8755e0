import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { challengesOf } from './challenge.js';
import { PROBLEMS, type DomainError } from './errors.js';
import { Seldom } from './seldom.js';
import { PROBLEM_MEDIA_TYPE, toDomainError, toProblem } from './problem.js';

const logger = new Logger('Problem');
const unavailable = new Seldom(1_000);

/**
 * Answers an error as a problem document (RFC 9457), with its challenge (RFC 9110 §11.6.1), `Allow` and
 * `Retry-After` where they are due. The private cause goes to the log alone.
 */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toDomainError(thrown);
  const { status } = PROBLEMS[error.code];
  if (status >= 500) log(request.id, error, status);
  // Errors of Fastify's router bypass the hooks that give every other answer these.
  reply.header('X-Request-Id', request.id);
  reply.header('Cache-Control', 'no-store');
  const challenges = challengesOf(error.code, request);
  if (challenges.length > 0) reply.header('WWW-Authenticate', challenges.join(', '));
  if (error.allow) reply.header('Allow', error.allow.join(', '));
  if (error.retryAfterSeconds) reply.header('Retry-After', String(error.retryAfterSeconds));
  void reply.status(status).type(PROBLEM_MEDIA_TYPE).send(toProblem(error));
}

function log(requestId: string, error: DomainError, status: number): void {
  const line = `${requestId} ${error.code}: ${reasonOf(error)}`;
  if (status === 503) unavailable.report((note) => logger.error(line + note));
  else logger.error(line);
}

function reasonOf({ cause, message }: Error): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : message;
}
