import type { FastifyInstance } from 'fastify';

/**
 * Headers of every answer: its request's id, no storing where nothing else was said (RFC 6749 §5.1),
 * and in single-use mode the token to use next. A hook and not an interceptor, because answers to
 * errors of guards and handlers carry it too.
 */
export function addAnswerHeaders(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (request, reply, _payload, done) => {
    reply.header('X-Request-Id', request.id);
    if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-store');
    // Swagger's page and script come without their charset (OWASP ASVS 4.1.1).
    const type = reply.getHeader('Content-Type');
    if (/^(text\/\w+|application\/javascript)$/.test(String(type))) {
      reply.type(`${String(type)}; charset=utf-8`);
    }
    const { user } = request;
    // After authentication a 401 means that the session has ended meanwhile.
    if (user && user.kind !== 'password' && user.nextToken && reply.statusCode !== 401) {
      reply.header('X-Next-Token', user.nextToken);
    }
    done();
  });
}
