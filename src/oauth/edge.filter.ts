import { Catch, type ArgumentsHost } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemFilter } from '../problems/problem.filter.js';
import { logFailure } from '../problems/failure-log.js';
import { toDomainError } from '../problems/problem.js';
import { logRefusal } from '../problems/refusal-log.js';
import { OAUTH_MEDIA_TYPE, toOAuthAnswer } from './oauth-error-answer.js';
import { OAuthError } from './oauth-error.js';
import { isAtOAuthEdge } from './oauth-paths.js';

/** Answers errors at the edge of OAuth in OAuth's form, and all others as problem documents. */
@Catch()
export class EdgeFilter extends ProblemFilter {
  override catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (!isAtOAuthEdge(request)) super.catch(exception, host);
    else sendOAuthError(exception, request, http.getResponse<FastifyReply>());
  }
}

function sendOAuthError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, headers, body } = toOAuthAnswer(thrown);
  if (!(thrown instanceof OAuthError)) {
    const error = toDomainError(thrown);
    if (status >= 500) logFailure(error, request);
    else logRefusal(error, request);
  }
  reply.headers(headers);
  void reply.status(status).type(OAUTH_MEDIA_TYPE).send(body);
}
