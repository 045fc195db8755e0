import type { FastifyInstance, RouteOptions } from 'fastify';
import { DomainError } from '../problems/errors.js';
import type { Refusal } from './refusals.js';

/** The path of the one route that @fastify/cors adds, so that preflights pass the router. */
const PREFLIGHTS = '*';

interface KnownPath {
  readonly pattern: RegExp;
  readonly methods: Set<string>;
}

/**
 * 405 with `Allow` (RFC 9110 §15.5.6) if Fastify would say 404 to a method of a known path, and if a
 * route refuses the HEAD that Fastify adds to each GET. Call it before the routes are registered.
 */
export function methodNotAllowed(fastify: FastifyInstance): Refusal {
  const paths = new Map<string, KnownPath>();

  fastify.addHook('onRoute', (route: RouteOptions) => {
    if (route.url === PREFLIGHTS) return;
    const { methods } = paths.get(route.url) ?? remember(route.url);
    if (route.method === 'HEAD' && route.config?.refusesHead) refuseAll(route, methods);
    else for (const method of [route.method].flat()) methods.add(method);
  });

  function remember(url: string): KnownPath {
    const path = { pattern: patternOf(url), methods: new Set<string>() };
    paths.set(url, path);
    return path;
  }

  return (request) => {
    const isUnrouted = request.is404 || request.routeOptions.url === PREFLIGHTS;
    if (!isUnrouted) return undefined;
    const [path = ''] = request.url.split('?', 1);
    const known = [...paths.values()].find(({ pattern }) => pattern.test(path));
    return known && notAllowed(known.methods);
  };
}

function refuseAll(route: RouteOptions, methods: Set<string>): void {
  route.onRequest = (_request, _reply, done) => done(notAllowed(methods));
}

function notAllowed(methods: Set<string>): DomainError {
  return new DomainError('method-not-allowed', { allow: [...methods].sort() });
}

/** What a route's path matches: `:name` one segment, `*` any rest. */
function patternOf(url: string): RegExp {
  const literal = url.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+').replace(/\*/g, '.*')}$`);
}
