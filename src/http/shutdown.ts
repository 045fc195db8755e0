import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';

const SWEEP_MS = 50;

/** How long a connection that was made before the end may take to have its request read. */
const READ_GRACE_MS = 200;

/** How long what is half sent, and a connection that is silent, may still take after the end began. */
const HALF_SENT_GRACE_MS = 1_000;

/** No answer takes so long: a connection that is still open has a client that does not read. */
const LAST_MS = 8_000;

/** Each open connection with the answers that are to be made there. */
type Connections = Map<Socket, Set<ServerResponse>>;

/**
 * Lets the server end as soon as the last request was answered, and in time whatever its connections do.
 * Connections that clients keep alive would otherwise hold it for as long as the keep-alive timeout, and
 * those that have sent no request, or half of one, for longer: Node stops looking for them once a server
 * closes. Node counts a connection as idle whose first request has arrived and was not read yet, so it
 * waits a moment before it closes those.
 */
export function closeConnectionsAfterAnswers(fastify: FastifyInstance): void {
  const connections: Connections = new Map();
  let isClosing = false;
  fastify.server.on('connection', (socket: Socket) => {
    connections.set(socket, new Set());
    socket.once('close', () => connections.delete(socket));
  });
  fastify.addHook('onRequest', ({ raw }, reply, done) => {
    const answers = connections.get(raw.socket);
    answers?.add(reply.raw);
    reply.raw.once('close', () => answers?.delete(reply.raw));
    if (isClosing) sayThatItCloses(reply.raw);
    done();
  });
  fastify.addHook('preClose', async () => {
    isClosing = true;
    for (const answers of connections.values()) answers.forEach(sayThatItCloses);
    const timers = [
      setTimeout(() => void closeUnasked(connections), HALF_SENT_GRACE_MS),
      setTimeout(() => fastify.server.closeAllConnections(), LAST_MS),
    ];
    await sleep(READ_GRACE_MS);
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), SWEEP_MS);
    fastify.server.once('close', () => {
      clearInterval(sweep);
      timers.forEach(clearTimeout);
    });
  });
}

function sayThatItCloses(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close');
}

/** Closes the connections on which no whole request waits for its answer. */
async function closeUnasked(connections: Connections): Promise<void> {
  // If the process stood still, what arrived meanwhile is read first.
  await nextTurn();
  for (const [socket, answers] of connections) {
    if (![...answers].some(({ req }) => req.complete)) socket.destroy();
  }
}
