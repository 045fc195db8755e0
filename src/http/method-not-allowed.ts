import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { DomainError } from '../common/errors.js';

/**
 * 405 with `Allow` (RFC 9110 §15.5.6) for the methods that a known path does not answer; Fastify would
 * say 404. Call it before the routes are registered, and what it returns once all of them are.
 */
export function collectMethods(fastify: FastifyInstance): () => void {
  const methodsOf = new Map<string, Set<string>>();
  fastify.addHook('onRoute', ({ url, method }: RouteOptions) => {
    const methods = methodsOf.get(url) ?? new Set<string>();
    for (const name of [method].flat()) methods.add(name);
    methodsOf.set(url, methods);
  });

  return () => {
    for (const [url, methods] of [...methodsOf]) {
      const allow = [...methods].sort();
      const others = fastify.supportedMethods.filter((name) => !methods.has(name));
      if (others.length > 0) refuse(fastify, url, others, allow);
    }
  };
}

function refuse(fastify: FastifyInstance, url: string, method: string[], allow: string[]): void {
  // In onRequest, before a body could be refused for its type or size.
  const onRequest = (_: FastifyRequest, _reply: FastifyReply, done: (error: Error) => void) =>
    done(new DomainError('method-not-allowed', { allow }));
  const handler = (_: FastifyRequest, reply: FastifyReply): FastifyReply => reply;
  fastify.route({ method, url, onRequest, handler, exposeHeadRoute: false });
}
