import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { OAUTH_MEDIA_TYPE, toOAuthAnswer } from '../oauth/oauth-error-answer.js';
import { isOAuthAddress } from '../oauth/oauth-paths.js';
import type { DomainError } from '../problems/errors.js';
import { PROBLEM_MEDIA_TYPE, toDomainError, toProblem } from '../problems/problem.js';
import { isSendingForm } from './form-body.js';

type ParserError = Error & { code?: string; rawPacket?: unknown };
type Handler = (error: ParserError, socket: Socket) => void;

/** The address of a request as it is sent, or as much of it as its first packet has. */
const ADDRESS = /^[A-Z]+ ([^ \r\n]+)/;

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
    const { status, type, body } = answerOf(
      known.code === 'internal-error' ? toDomainError({ statusCode: 400 }) : known,
      isSendingForm(socket) || isOAuthAddress(addressIn(error.rawPacket)),
    );
    const all = {
      ...headers,
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'X-Request-Id': randomUUID(),
      'Cache-Control': 'no-store',
      Connection: 'close',
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
  };
}

/** @param packet what was parsed last: it has the head of the request, if that is at fault */
function addressIn(packet: unknown): string {
  const head = Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
  const [, address = ''] = ADDRESS.exec(head) ?? [];
  return address;
}

/** The answer in the form that is due at the edge of OAuth, or elsewhere. */
function answerOf(error: DomainError, isAtOAuthEdge: boolean) {
  if (isAtOAuthEdge) {
    const { status, body } = toOAuthAnswer(error);
    return { status, type: OAUTH_MEDIA_TYPE, body: JSON.stringify(body) };
  }
  const problem = toProblem(error);
  return { status: problem.status, type: PROBLEM_MEDIA_TYPE, body: JSON.stringify(problem) };
}
