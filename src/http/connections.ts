import type { FastifyInstance } from 'fastify';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { DomainError } from '../problems/errors.js';

/** More than any client needs that sends requests before it has the answers (RFC 9112 §9.3.2). */
const MAX_WAITING = 15;

const SWEEP_MS = 50;

/** How long a connection that was made before the end may take to have its request read. */
const READ_GRACE_MS = 200;

/** How long what is half sent, and a connection that is silent, may still take after the end began. */
const HALF_SENT_GRACE_MS = 1_000;

/** No answer takes so long: a connection that is still open has a client that does not read. */
const LAST_MS = 8_000;

interface Connection {
  /** Those that are to be made for its requests. */
  readonly answers: Set<ServerResponse>;
  /** What starts its requests that wait for their turn. */
  readonly waiting: (() => void)[];
}

/**
 * Answers the requests of one connection one after the other, and lets the server end in time.
 *
 * Node reads all of a packet, and a thousand requests may be in it: their answers would be made at once and held
 * until the client takes them.
 *
 * The server ends as soon as the last request was answered, whatever its connections do. Those that clients keep
 * alive would otherwise hold it for as long as the keep-alive timeout, and those that have sent no request, or
 * half of one, for longer: Node stops looking for them once a server closes. Node counts a connection as idle whose
 * first request has arrived and was not read yet, so it waits a moment before it closes those.
 */
export function manageConnections(fastify: FastifyInstance): void {
  const connections = new Map<Socket, Connection>();
  let isClosing = false;

  function follow(socket: Socket): Connection {
    const connection = { answers: new Set<ServerResponse>(), waiting: [] };
    connections.set(socket, connection);
    socket.once('close', () => connections.delete(socket));
    return connection;
  }

  fastify.server.on('connection', follow);

  fastify.addHook('onRequest', (request, reply, done) => {
    const { socket } = request.raw;
    const { answers, waiting } = connections.get(socket) ?? follow(socket);
    const isFirst = answers.size === 0;
    answers.add(reply.raw);
    reply.raw.once('close', () => {
      answers.delete(reply.raw);
      if (!socket.destroyed) waiting.shift()?.();
    });
    if (isClosing) sayThatItCloses(reply.raw);
    if (isFirst) {
      done();
    } else if (waiting.length < MAX_WAITING) {
      waiting.push(done);
    } else {
      reply.header('Connection', 'close');
      const detail = `At most ${MAX_WAITING} requests of a connection may wait for their turn`;
      done(new DomainError('malformed-request', { detail }));
    }
  });

  fastify.addHook('preClose', async () => {
    isClosing = true;
    for (const { answers } of connections.values()) answers.forEach(sayThatItCloses);
    const timers = [
      setTimeout(() => void closeUnasked(connections), HALF_SENT_GRACE_MS),
      setTimeout(() => fastify.server.closeAllConnections(), LAST_MS),
    ];
    await sleep(READ_GRACE_MS);
    // What follows this hook closes idle connections too.
    await whatArrivedIsRead();
    const sweep = setInterval(() => void closeIdle(fastify.server), SWEEP_MS);
    fastify.server.once('close', () => {
      clearInterval(sweep);
      timers.forEach(clearTimeout);
    });
  });
}

function sayThatItCloses(answer: ServerResponse): void {
  if (!answer.headersSent) answer.setHeader('Connection', 'close');
}

async function closeIdle(server: FastifyInstance['server']): Promise<void> {
  await whatArrivedIsRead();
  server.closeIdleConnections();
}

/** Closes the connections on which no whole request waits for its answer. */
async function closeUnasked(connections: ReadonlyMap<Socket, Connection>): Promise<void> {
  await whatArrivedIsRead();
  for (const [socket, { answers }] of connections) {
    if (![...answers].some(({ req }) => req.complete)) socket.destroy();
  }
}

/** A process that was held up finds its timers over before it has looked at its connections. */
async function whatArrivedIsRead(): Promise<void> {
  // One turn of the event loop takes the new connections, and the next one reads from them.
  await nextTurn();
  await nextTurn();
}
