import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify';
import type { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';

const PREFLIGHT_MAX_AGE_SECONDS = 600;

/** Some fifty names; a browser sends them in lower case, separated by commas (Fetch §4.8). */
const ASKED_HEADERS_MAX_LENGTH = 1024;
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?: ?, ?[\w!#$%&'*+.^`|~-]+)*$/;

const RULES = {
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  exposedHeaders: ['X-Next-Token', 'X-Request-Id', 'Retry-After', 'WWW-Authenticate', 'Location'],
  maxAge: PREFLIGHT_MAX_AGE_SECONDS,
};

const OPEN_TO_ALL = { 'Access-Control-Allow-Origin': '*' };

const PREFLIGHT_OF_OPEN = {
  ...OPEN_TO_ALL,
  'Access-Control-Allow-Methods': 'GET, HEAD',
  'Access-Control-Allow-Headers': '*',
  'Access-Control-Max-Age': PREFLIGHT_MAX_AGE_SECONDS,
};

/** Lets pages of every origin read the routes that say so, and answers their preflights. Before routes are registered. */
export function openPublicDocuments(fastify: FastifyInstance): void {
  fastify.addHook('onRoute', ({ url, method, config }) => {
    if (method !== 'GET' || !config?.isOpenToAllOrigins) return;
    fastify.options(
      url,
      { config: { isOpenToAllOrigins: true }, onRequest: preflightsOnly },
      (_request, reply) => reply.code(204).headers(PREFLIGHT_OF_OPEN).send(),
    );
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.routeOptions.config.isOpenToAllOrigins) reply.headers(OPEN_TO_ALL);
    done();
  });
}

/**
 * Lets pages of the origins in `CORS_ORIGINS` read answers; if it is empty, no other site's page can. They may send
 * whatever headers they ask for: tracing and error tools add their own. No header can be abused, because credentials
 * of the browser are not used: tokens travel in a header that such a page sets itself.
 */
export function allowOrigins(app: NestFastifyApplication, env: Env): void {
  const origin = env.corsOrigins;
  if (origin.length === 0) return;
  app.enableCors({
    // A function, so that OPTIONS which is no preflight of theirs is answered as it is without CORS.
    delegator: (request: FastifyRequest, done) => {
      if (request.routeOptions.config.isOpenToAllOrigins) {
        done(null, { origin: false });
        return;
      }
      const preflight = isPreflight(request, origin);
      // If no list is given, what was asked for is allowed.
      const refused = asksTooMuch(request) && { allowedHeaders: [] };
      done(null, { ...RULES, origin, preflight, ...refused });
    },
  });
}

/** Any other OPTIONS is answered as at every route. */
const preflightsOnly: onRequestHookHandler = ({ headers }, _reply, done) => {
  if (headers['access-control-request-method'] !== undefined) done();
  else done(new DomainError('method-not-allowed', { allow: ['GET', 'HEAD', 'OPTIONS'] }));
};

function isPreflight({ method, headers }: FastifyRequest, origins: string[]): boolean {
  return (
    method === 'OPTIONS' &&
    origins.includes(headers.origin ?? '') &&
    headers['access-control-request-method'] !== undefined
  );
}

function asksTooMuch({ headers }: FastifyRequest): boolean {
  const { 'access-control-request-headers': asked } = headers;
  if (asked === undefined) return false;
  return asked.length > ASKED_HEADERS_MAX_LENGTH || !HEADER_NAMES.test(asked);
}
