import { admit, checkRequirements, decide, type Requirements } from './access.js';
import type { Verifier } from './verifier.js';

export { answerOf, type Requirements } from './access.js';

interface Request {
  readonly headers: { readonly authorization?: string | undefined };
}

interface Reply {
  code(status: number): this;
  headers(values: Record<string, string>): this;
  type(contentType: string): this;
  send(body: string): this;
}

/**
 * A hook of Fastify that lets requests with a live token in: `app.addHook('onRequest', guard(verifier))`, or
 * `{ onRequest: guard(verifier, { roles: ['auditor'] }) }` for one route. It answers 401, 403 and 503 by itself.
 */
export function guard(
  verifier: Verifier,
  requirements: Requirements = {},
): (request: Request, reply: Reply) => Promise<unknown> {
  checkRequirements(requirements);
  return async (request, reply) => {
    const decision = await decide(verifier, request.headers.authorization, requirements);
    if ('answer' in decision) {
      admit(request, decision.answer);
      return undefined;
    }
    const { status, headers, body } = decision.refusal;
    const answer = reply.code(status).headers(headers).type('application/problem+json');
    // Fastify wants the reply back from a hook that has answered.
    return answer.send(JSON.stringify(body));
  };
}
