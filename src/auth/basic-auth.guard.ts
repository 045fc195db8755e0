import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/errors.js';
import { AccessRules } from './access-rules.js';
import { BasicStrategy } from './basic.strategy.js';
import { runStrategy } from './run-strategy.js';

/** Bound to every route; acts on those that take HTTP Basic. */
@Injectable()
export class BasicAuthGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly strategy: BasicStrategy,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    if (this.rules.schemeFor(context) !== 'basic') return true;
    return this.authenticate(context.switchToHttp().getRequest<FastifyRequest>());
  }

  private async authenticate(request: FastifyRequest): Promise<true> {
    // Browsers send Basic credentials by themselves, also where another site's page asks for it.
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      throw new DomainError('cross-site-request');
    }
    request.user = await runStrategy(this.strategy, request);
    return true;
  }
}
