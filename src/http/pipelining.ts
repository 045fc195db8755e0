import type { FastifyInstance } from 'fastify';
import type { Socket } from 'node:net';
import { DomainError } from '../problems/errors.js';

/** More than any client needs that sends requests before it has the answers (RFC 9112 §9.3.2). */
const MAX_WAITING = 15;

/**
 * Answers the requests of one connection one after the other. Node reads all of a packet, a thousand may
 * be in it; their answers would be made at once and held until the client takes them.
 */
export function answerOneByOne(fastify: FastifyInstance): void {
  const waiting = new WeakMap<Socket, (() => void)[]>();

  fastify.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const queue = waiting.get(socket);
    reply.raw.once('close', () => startNext(socket));
    if (!queue) {
      waiting.set(socket, []);
      done();
    } else if (queue.length < MAX_WAITING) {
      queue.push(done);
    } else {
      reply.header('Connection', 'close');
      const detail = `At most ${MAX_WAITING} requests of a connection may wait for their turn`;
      done(new DomainError('malformed-request', { detail }));
    }
  });

  function startNext(socket: Socket): void {
    const start = waiting.get(socket)?.shift();
    if (!start) waiting.delete(socket);
    else if (!socket.destroyed) start();
  }
}
