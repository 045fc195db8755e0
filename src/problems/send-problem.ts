import { Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { LogThrottle } from '../common/log-throttle.js';
import { announceNextToken } from '../common/next-token.js';
import { namesOf } from '../common/request-names.js';
import { challengesOf } from './challenge.js';
import { PROBLEMS, type DomainError } from './errors.js';
import { PROBLEM_MEDIA_TYPE, toDomainError, toProblem } from './problem.js';
import { logRefusal } from './refusal-log.js';

const logger = new Logger('Problem');
const unavailable = new LogThrottle(1_000);

/**
 * Answers an error as a problem document (RFC 9457), with its challenge (RFC 9110 §11.6.1), `Allow` and
 * `Retry-After` if they are due. The private cause goes to the log alone.
 */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toDomainError(thrown);
  const { status } = PROBLEMS[error.code];
  if (status >= 500) log(error, status, request);
  else logRefusal(error, request);
  const challenges = challengesOf(error.code, request);
  if (challenges.length > 0) reply.header('WWW-Authenticate', challenges.join(', '));
  // After authentication a 401 means that the session has ended meanwhile.
  if (status === 401) announceNextToken(reply, undefined);
  if (error.allow) reply.header('Allow', error.allow.join(', '));
  if (error.retryAfterSeconds) reply.header('Retry-After', String(error.retryAfterSeconds));
  void reply.status(status).type(PROBLEM_MEDIA_TYPE).send(toProblem(error));
}

function log(error: DomainError, status: number, request: FastifyRequest): void {
  const { code, cause, message } = error;
  const err = cause instanceof Error ? cause : undefined;
  const write = (note = '') =>
    logger.error({ ...namesOf(request), err }, `${code}: ${message}${note}`);
  if (status === 503) unavailable.report(write);
  else write();
}
