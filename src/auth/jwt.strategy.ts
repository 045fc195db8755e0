import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-jwt';
import { clientInfoOf } from '../common/client-info.js';
import type { Authenticated } from '../common/principal.js';
import { BearerCheck } from './bearer-check.js';
import { presentedToken } from './bearer-credentials.js';

/** Of requests with a token that has to be live. */
const CHANGING = ['PUT', 'DELETE'];

/**
 * Bearer tokens. passport-jwt would verify with jsonwebtoken's rules alone and hand on the payload
 * only; `authenticate` asks the one verifier and the revocation store instead.
 */
@Injectable()
export class JwtStrategy extends Strategy {
  constructor(private readonly check: BearerCheck) {
    super({ jwtFromRequest: () => null, secretOrKeyProvider: () => undefined }, () => undefined);
  }

  override authenticate(request: unknown): void {
    this.identify(request as FastifyRequest).then(
      (authenticated) => this.success(authenticated),
      (error: unknown) => this.error(error as Error),
    );
  }

  private async identify(request: FastifyRequest): Promise<Authenticated> {
    const access = request.access ?? { schemes: [] };
    const areSame = (one: string, other: string) => this.check.areSame(one, other);
    const token = presentedToken(request, access, areSame);
    request.presentedToken = token;
    const changes = CHANGING.includes(request.method);
    return this.check.authenticate(token, clientInfoOf(request), access, changes);
  }
}
