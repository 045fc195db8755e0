import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Why a request is refused before its body is read; undefined if this is no reason to. */
export type Refusal = (request: FastifyRequest, reply: FastifyReply) => Error | undefined;

/** Refuses requests for the first of these reasons that holds. */
export function refuse(fastify: FastifyInstance, refusals: readonly Refusal[]): void {
  fastify.addHook('onRequest', (request, reply, done) => {
    let refusal: Error | undefined;
    for (const refusalOf of refusals) refusal ??= refusalOf(request, reply);
    done(refusal);
  });
}
