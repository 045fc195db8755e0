import type { FastifyInstance } from 'fastify';
import type { Headers, SecurityHeaders } from './security-headers.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Of a page's answers. */
    answerHeaders?: Headers;
  }
}

/** Unless something else is said (RFC 6749 §5.1). */
const NO_STORE = { 'Cache-Control': 'no-store' };

/**
 * The headers of every answer: its request's id, no storing, and what browsers may do with it. All but the id are
 * known before a request comes. A hook and not an interceptor, and before all others, so that no refusal lacks them.
 */
export function addAnswerHeaders(fastify: FastifyInstance, security: SecurityHeaders): void {
  const ofData = { ...NO_STORE, ...security.ofData };
  fastify.addHook('onRoute', (route) => {
    const page = [...security.ofPages].find(([path]) => isWithin(route.url, path));
    if (page) route.config = { ...route.config, answerHeaders: { ...NO_STORE, ...page[1] } };
  });
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers(request.routeOptions.config.answerHeaders ?? ofData);
    reply.header('X-Request-Id', request.id);
    done();
  });
}

function isWithin(url: string, path: string): boolean {
  return url === path || url.startsWith(`${path}/`);
}
