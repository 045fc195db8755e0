import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AccessRules } from './access-rules.js';
import { JwtStrategy } from './jwt.strategy.js';
import { authenticateBy } from './run-strategy.js';

/** Bound to every route; acts on those that take Bearer tokens, which is all that do not say otherwise. */
@Injectable()
export class JwtGuard implements CanActivate {
  constructor(
    private readonly rules: AccessRules,
    private readonly strategy: JwtStrategy,
  ) {}

  canActivate(context: ExecutionContext): true | Promise<true> {
    if (this.rules.schemeFor(context) !== 'bearer') return true;
    return authenticateBy(this.strategy, context);
  }
}
