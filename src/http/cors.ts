import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Env } from '../config/env.js';

const PREFLIGHT_MAX_AGE_SECONDS = 600;

/** Some fifty names; a browser sends them in lower case, separated by commas (Fetch §4.8). */
const ASKED_HEADERS_MAX_LENGTH = 1024;
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?: ?, ?[\w!#$%&'*+.^`|~-]+)*$/;

const RULES = {
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  exposedHeaders: ['X-Next-Token', 'X-Request-Id', 'Retry-After', 'WWW-Authenticate', 'Location'],
  maxAge: PREFLIGHT_MAX_AGE_SECONDS,
};

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
    delegator: (request, done) => {
      const preflight = isPreflight(request, origin);
      // If no list is given, what was asked for is allowed.
      const refused = asksTooMuch(request) && { allowedHeaders: [] };
      done(null, { ...RULES, origin, preflight, ...refused });
    },
  });
}

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
