import type { FastifyReply, FastifyRequest } from 'fastify';
import { announceNextToken } from '../common/next-token.js';
import { challengesOf } from './challenge.js';
import { PROBLEMS } from './errors.js';
import { logFailure } from './failure-log.js';
import { PROBLEM_MEDIA_TYPE, toDomainError, toProblem } from './problem.js';
import { logRefusal } from './refusal-log.js';

/**
 * Answers an error as a problem document (RFC 9457), with its challenge (RFC 9110 §11.6.1), `Allow` and
 * `Retry-After` if they are due. The private cause goes to the log alone.
 */
export function sendProblem(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const error = toDomainError(thrown);
  const { status } = PROBLEMS[error.code];
  if (status >= 500) logFailure(error, request);
  else logRefusal(error, request);
  const challenges = challengesOf(error, request);
  if (challenges.length > 0) reply.header('WWW-Authenticate', challenges.join(', '));
  // After authentication a 401 means that the session has ended meanwhile.
  if (status === 401) announceNextToken(reply, undefined);
  if (error.allow) reply.header('Allow', error.allow.join(', '));
  if (error.retryAfterSeconds) reply.header('Retry-After', String(error.retryAfterSeconds));
  void reply.status(status).type(PROBLEM_MEDIA_TYPE).send(toProblem(error));
}
