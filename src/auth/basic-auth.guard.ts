import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../problems/errors.js';
import { AccessRules } from './access-rules.js';
import { BasicStrategy } from './basic.strategy.js';
import { authenticateBy } from './run-strategy.js';

/** Bound to every route; acts on those that take HTTP Basic. */
@Injectable()
export class BasicAuthGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly strategy: BasicStrategy,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    if (this.rules.schemeFor(context) !== 'basic') return true;
    // Browsers send Basic credentials by themselves, also if another site's page asks for it.
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    if (headers['sec-fetch-site'] === 'cross-site') throw new DomainError('cross-site-request');
    return authenticateBy(this.strategy, context);
  }
}
