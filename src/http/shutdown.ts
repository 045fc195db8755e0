import type { FastifyInstance } from 'fastify';

const SWEEP_MS = 50;

/**
 * Lets the server end as soon as the last request was answered: connections that clients keep alive
 * would otherwise hold it for as long as the keep-alive timeout.
 */
export function closeConnectionsAfterAnswers(fastify: FastifyInstance): void {
  let isClosing = false;
  fastify.addHook('preClose', (done) => {
    isClosing = true;
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_MS);
    fastify.server.once('close', () => clearInterval(sweep));
    done();
  });
  fastify.addHook('onSend', async (_request, reply) => {
    if (isClosing) reply.header('Connection', 'close');
  });
}
