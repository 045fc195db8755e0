import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveAccountPage } from './account-page/account-page.js';
import { Env } from './config/env.js';
import { manageConnections } from './http/connections.js';
import { allowOrigins } from './http/cors.js';
import { InputValidation } from './http/input-validation.js';
import { acceptJsonObjectsOnly } from './http/json-body.js';
import { methodNotAllowed } from './http/method-not-allowed.js';
import { refuse } from './http/refusals.js';
import { timeRequests } from './http/request-metrics.js';
import { routerError } from './http/router-errors.js';
import { ambiguity } from './http/strict-requests.js';
import { Metrics } from './metrics/metrics.js';
import { serveApiDocs } from './openapi/document.js';
import { ProblemFilter } from './problems/problem.filter.js';

/** Everything between a created application and one that may listen. */
export async function configureApp(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  const env = app.get(Env);
  if (env.METRICS) timeRequests(fastify, app.get(Metrics));
  manageConnections(fastify);
  refuse(fastify, [routerError, methodNotAllowed(fastify), ambiguity]);
  acceptJsonObjectsOnly(fastify);
  allowOrigins(app, env);
  app.useGlobalFilters(new ProblemFilter());
  app.useGlobalPipes(new InputValidation());
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  if (env.SWAGGER) serveApiDocs(app);
  if (env.ACCOUNT_PAGE) serveAccountPage(fastify);
  await app.init();
}
