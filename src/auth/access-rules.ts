import { Injectable, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ACCESS, type Access, type Scheme } from '../common/access.decorators.js';
import { Env } from '../config/env.js';
import { schemeOf } from './basic-credentials.js';

/** What a route without any decorator takes: Bearer tokens alone. */
const CLOSED: Access = { schemes: ['bearer'] };

/** Which scheme a request must satisfy: what its route's decorators and the settings say. */
@Injectable()
export class AccessRules {
  /** By controller and handler: decorators never change, and reading them takes as long as a guard. */
  private readonly known = new Map<unknown, Map<unknown, Access>>();

  constructor(
    private readonly env: Env,
    private readonly reflector: Reflector,
  ) {}

  /** The one scheme; undefined on a public route. If a route takes both, the header chooses. */
  schemeFor(context: ExecutionContext): Scheme | undefined {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const access = this.accessOf(context);
    // For the challenge of a refusal.
    request.access = access;
    if (access.public || (access.publicWhen && this.env[access.publicWhen])) return undefined;
    if (access.schemes.length === 1) return access.schemes[0];
    return schemeOf(request.headers.authorization) === 'basic' ? 'basic' : 'bearer';
  }

  private accessOf(context: ExecutionContext): Access {
    const controller = context.getClass();
    const handler = context.getHandler();
    const known = this.known.get(controller)?.get(handler);
    if (known) return known;
    const access =
      this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [handler, controller]) ?? CLOSED;
    const ofController = this.known.get(controller) ?? new Map<unknown, Access>();
    this.known.set(controller, ofController.set(handler, access));
    return access;
  }
}
