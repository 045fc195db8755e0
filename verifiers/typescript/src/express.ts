import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit, checkRequirements, decide, type Requirements } from './access.js';
import type { Verifier } from './verifier.js';

export { answerOf, type Requirements } from './access.js';

type Middleware = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * A middleware of Express, or of anything that takes the same three, that lets requests with a live token in:
 * `app.use(guard(verifier))`, `app.get('/reports', guard(verifier, { roles: ['auditor'] }), …)`.
 * It answers 401, 403 and 503 by itself.
 */
export function guard(verifier: Verifier, requirements: Requirements = {}): Middleware {
  checkRequirements(requirements);
  return (request, response, next) => {
    decide(verifier, request.headers.authorization, requirements).then((decision) => {
      if ('answer' in decision) {
        admit(request, decision.answer);
        next();
        return;
      }
      const { status, headers, body } = decision.refusal;
      const type = { 'Content-Type': 'application/problem+json' };
      response.writeHead(status, { ...headers, ...type }).end(JSON.stringify(body));
    }, next);
  };
}
