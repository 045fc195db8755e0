import { Injectable, type ExecutionContext } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { AccessRules } from './access-rules.js';

/** Bound to every route; acts on those that take Bearer tokens, which is all that do not say otherwise. */
@Injectable()
export class JwtGuard extends AuthGuard('jwt') {
  constructor(private readonly rules: AccessRules) {
    super();
  }

  override async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.rules.schemeFor(context) !== 'bearer') return true;
    return (await super.canActivate(context)) as boolean;
  }
}
