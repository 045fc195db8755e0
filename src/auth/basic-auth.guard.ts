import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { DomainError } from '../common/errors.js';
import { AccessRules } from './access-rules.js';

/** Bound to every route; acts on those that take HTTP Basic. */
@Injectable()
export class BasicAuthGuard extends AuthGuard('basic') {
  constructor(private readonly rules: AccessRules) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.rules.schemeFor(context) !== 'basic') return true;
    const { headers } = context.switchToHttp().getRequest<FastifyRequest>();
    // Browsers send Basic credentials by themselves, also where another site's page asks for it.
    if (headers['sec-fetch-site'] === 'cross-site') throw new DomainError('cross-site-request');
    return (await super.canActivate(context)) as boolean;
  }
}
