import type { FastifyInstance } from 'fastify';
import { setTimeout as sleep } from 'node:timers/promises';

const SWEEP_MS = 50;

/** How long a connection that was made before the end may take to have its request read. */
const READ_GRACE_MS = 200;

/**
 * Lets the server end as soon as the last request was answered: connections that clients keep alive
 * would otherwise hold it for as long as the keep-alive timeout. Node counts a connection as idle whose
 * first request has arrived and was not read yet, so it waits a moment before it closes those.
 */
export function closeConnectionsAfterAnswers(fastify: FastifyInstance): void {
  let isClosing = false;
  fastify.addHook('preClose', async () => {
    isClosing = true;
    await sleep(READ_GRACE_MS);
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_MS);
    fastify.server.once('close', () => clearInterval(sweep));
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (isClosing) reply.header('Connection', 'close');
    done();
  });
}
