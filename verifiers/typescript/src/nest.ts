import { HttpException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { admit, checkRequirements, decide, type Requirements } from './access.js';
import type { Verifier } from './verifier.js';

export { answerOf, type Requirements } from './access.js';

interface Request {
  readonly headers: { readonly authorization?: string };
}

interface Response {
  header(name: string, value: string): unknown;
}

/**
 * A guard of Nest, on Express or Fastify, that lets requests with a live token in: `@UseGuards(guard(verifier))`,
 * `app.useGlobalGuards(guard(verifier, { roles: ['auditor'] }))`. It throws the HttpException for 401, 403 and 503.
 */
export function guard(verifier: Verifier, requirements: Requirements = {}): CanActivate {
  checkRequirements(requirements);
  return {
    async canActivate(context: ExecutionContext): Promise<boolean> {
      const http = context.switchToHttp();
      const request = http.getRequest<Request>();
      const decision = await decide(verifier, request.headers.authorization, requirements);
      if ('answer' in decision) {
        admit(request, decision.answer);
        return true;
      }
      const { status, headers, body } = decision.refusal;
      const response = http.getResponse<Response>();
      for (const [name, value] of Object.entries(headers)) response.header(name, value);
      throw new HttpException(body, status);
    },
  };
}
