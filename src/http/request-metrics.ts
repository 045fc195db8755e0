import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics/metrics.js';

/** Times every request by the pattern of its route. Call it before the routes are registered. */
export function timeRequests(fastify: FastifyInstance, metrics: Metrics): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const { method, routeOptions } = request;
    metrics.request(method, routeOptions.url, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
}
