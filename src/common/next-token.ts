import type { FastifyReply } from 'fastify';

const HEADER = 'X-Next-Token';

/**
 * Single-use mode: says which token comes next, in this answer and in the answer to an error after it.
 * Without a token the answer says that there is none, because the session has ended.
 */
export function announceNextToken(reply: FastifyReply, token: string | undefined): void {
  if (token === undefined) reply.removeHeader(HEADER);
  else reply.header(HEADER, token);
}
