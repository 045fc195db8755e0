import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { accessOf, type Scheme } from '../common/access.decorators.js';
import { Env } from '../config/env.js';
import { schemeOf } from './basic-credentials.js';

/** Which scheme a request must satisfy: what its route's decorators and the settings say. */
@Injectable()
export class AccessRules {
  constructor(
    private readonly env: Env,
    private readonly reflector: Reflector,
  ) {}

  /** The one scheme, or nothing on a public route. Where a route takes both, the header chooses. */
  schemeFor(context: ExecutionContext): Scheme | undefined {
    const access = accessOf(this.reflector, context);
    if (access.public || (access.publicWhen && this.env[access.publicWhen])) return undefined;
    if (access.schemes.length === 1) return access.schemes[0];
    const { authorization } = context.switchToHttp().getRequest<FastifyRequest>().headers;
    return schemeOf(authorization) === 'basic' ? 'basic' : 'bearer';
  }
}
