import { ValidationPipe, type ValidationError } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DomainError } from './common/errors.js';
import { ProblemFilter } from './common/problem.filter.js';
import { Env } from './config/env.js';
import { addAnswerHeaders } from './http/answer-headers.js';
import { acceptJsonObjectsOnly } from './http/json-body.js';
import { answerMethodNotAllowed } from './http/method-not-allowed.js';
import { closeConnectionsAfterAnswers } from './http/shutdown.js';
import { refuseAmbiguousRequests } from './http/strict-requests.js';
import { serveApiDocs } from './openapi/document.js';

/** Everything between a created application and one that may listen. */
export async function configureApp(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  addAnswerHeaders(fastify);
  answerMethodNotAllowed(fastify);
  refuseAmbiguousRequests(fastify);
  acceptJsonObjectsOnly(fastify);
  closeConnectionsAfterAnswers(fastify);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(
    new ValidationPipe({
      transform: true,
      whitelist: true,
      forbidNonWhitelisted: true,
      stopAtFirstError: true,
      exceptionFactory: validationFailed,
    }),
  );
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  if (app.get(Env).SWAGGER) serveApiDocs(app);
  await app.init();
}

function validationFailed(faults: ValidationError[]): DomainError {
  const errors = faults.map(({ property, constraints }) => ({
    field: property,
    detail: constraints?.whitelistValidation
      ? 'is not known here'
      : (Object.values(constraints ?? {})[0] ?? 'is invalid'),
  }));
  const detail = errors.map((error) => `${error.field} ${error.detail}`).join('; ');
  return new DomainError('validation-failed', { detail, errors });
}
