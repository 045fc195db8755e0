import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { Env } from '../config/env.js';

const PREFLIGHT_MAX_AGE_SECONDS = 600;

const RULES = {
  methods: ['GET', 'POST', 'PUT', 'DELETE'],
  allowedHeaders: ['Authorization', 'Content-Type', 'X-Request-Id', 'traceparent'],
  exposedHeaders: ['X-Next-Token', 'X-Request-Id', 'Retry-After', 'WWW-Authenticate', 'Location'],
  maxAge: PREFLIGHT_MAX_AGE_SECONDS,
};

/**
 * Lets pages of the origins in `CORS_ORIGINS` read answers; if it is empty, no other site's page can. Without
 * credentials mode: tokens travel in a header that such a page sets itself.
 */
export function allowOrigins(app: NestFastifyApplication, env: Env): void {
  const origin = env.corsOrigins;
  if (origin.length === 0) return;
  app.enableCors({
    // A function, so that OPTIONS which is no preflight of theirs is answered as it is without CORS.
    delegator: (request, done) => {
      done(null, { ...RULES, origin, preflight: isPreflight(request, origin) });
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
