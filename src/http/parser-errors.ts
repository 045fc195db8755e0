import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, toDomainError, toProblem } from '../problems/problem.js';

type Handler = (error: Error & { code?: string }, socket: Socket) => void;

/**
 * Answers what Node's parser refuses before there is a request: broken framing, headers that are too
 * large, senders that drip.
 * @param headers that every answer has
 */
export function parserErrorHandler(headers: Record<string, string>): Handler {
  return (error, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const known = toDomainError(error);
    const problem = toProblem(
      known.code === 'internal-error' ? toDomainError({ statusCode: 400 }) : known,
    );
    const body = JSON.stringify(problem);
    const all = {
      ...headers,
      'Content-Type': PROBLEM_MEDIA_TYPE,
      'Content-Length': Buffer.byteLength(body),
      'X-Request-Id': randomUUID(),
      'Cache-Control': 'no-store',
      Connection: 'close',
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${lines.join('')}\r\n${body}`,
    );
  };
}
