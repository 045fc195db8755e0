import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { serveAccountPage } from './account-page/account-page.js';
import { Env } from './config/env.js';
import { manageConnections } from './http/connections.js';
import { allowOrigins, openPublicDocuments } from './http/cors.js';
import { acceptForms } from './http/form-body.js';
import { InputValidation } from './http/input-validation.js';
import { acceptJsonObjectsOnly } from './http/json-body.js';
import { methodNotAllowed } from './http/method-not-allowed.js';
import { refuse } from './http/refusals.js';
import { timeRequests } from './http/request-metrics.js';
import { routerError } from './http/router-errors.js';
import { ambiguity } from './http/strict-requests.js';
import { Metrics } from './metrics/metrics.js';
import { EdgeFilter } from './oauth/edge.filter.js';
import { serveApiDocs } from './openapi/document.js';

/** Everything between a created application and one that may listen. */
export async function configureApp(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  const env = app.get(Env);
  if (env.METRICS) timeRequests(fastify, app.get(Metrics));
  manageConnections(fastify);
  refuse(fastify, [routerError, methodNotAllowed(fastify), ambiguity]);
  acceptJsonObjectsOnly(fastify);
  openPublicDocuments(fastify);
  acceptForms(fastify);
  allowOrigins(app, env);
  app.useGlobalFilters(new EdgeFilter());
  app.useGlobalPipes(new InputValidation());
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  if (env.SWAGGER) serveApiDocs(app);
  if (env.ACCOUNT_PAGE) serveAccountPage(fastify, env);
  await app.init();
}
