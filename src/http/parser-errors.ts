import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { PROBLEM_MEDIA_TYPE, toDomainError, toProblem } from '../common/problem.js';

/**
 * Answers what Node's parser refuses before there is a request: broken framing, headers that are too
 * large, senders that drip.
 */
export function answerParserError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const known = toDomainError(error);
  const problem = toProblem(
    known.code === 'internal-error' ? toDomainError({ statusCode: 400 }) : known,
  );
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n` +
      `Content-Type: ${PROBLEM_MEDIA_TYPE}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Request-Id: ${randomUUID()}\r\n` +
      'Cache-Control: no-store\r\n' +
      `Connection: close\r\n\r\n${body}`,
  );
}
