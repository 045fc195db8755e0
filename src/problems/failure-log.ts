import { Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { LogThrottle } from '../common/log-throttle.js';
import { namesOf } from '../common/request-names.js';
import { PROBLEMS, type DomainError } from './errors.js';

const logger = new Logger('Problem');
const unavailable = new LogThrottle(1_000);

/** Tells the log of an answer of 5xx, with its private cause; of a store that is down seldom. */
export function logFailure(error: DomainError, request: FastifyRequest): void {
  const { code, cause, message } = error;
  const err = cause instanceof Error ? cause : undefined;
  const write = (note = '') =>
    logger.error({ ...namesOf(request), err }, `${code}: ${message}${note}`);
  if (PROBLEMS[code].status === 503) unavailable.report(write);
  else write();
}
