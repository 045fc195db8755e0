import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { DomainError } from '../problems/errors.js';

/**
 * Refuses what could be read in two ways: no `Host` or several (RFC 9112 §3.2), several `Authorization`
 * headers (RFC 9110 §5.3). Node would answer the first without a problem document, and take one of the
 * others without a word.
 */
export function refuseAmbiguousRequests(fastify: FastifyInstance): void {
  fastify.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    const { rawHeaders, httpVersion } = request.raw;
    const hosts = count(rawHeaders, 'host');
    const refuse = (detail: string): void => {
      // The sender of this may mean something else by the next bytes, too.
      reply.header('Connection', 'close');
      done(new DomainError('malformed-request', { detail }));
    };
    if (hosts > 1 || (hosts === 0 && httpVersion !== '1.0')) {
      refuse('Send exactly one Host header');
    } else if (count(rawHeaders, 'authorization') > 1) {
      refuse('Send one Authorization header');
    } else done();
  });
}

/** How often a header came; names and values take turns in `rawHeaders`. */
function count(rawHeaders: string[], name: string): number {
  let times = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const header = rawHeaders[index] ?? '';
    if (header.length === name.length && header.toLowerCase() === name) times += 1;
  }
  return times;
}
