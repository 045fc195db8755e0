import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-jwt';
import { clientInfoOf } from '../common/client-info.js';
import type { Authenticated } from '../common/principal.js';
import { TokenCheck } from '../tokens/token-check.js';
import { presentedToken } from './bearer-credentials.js';

/**
 * Bearer tokens. passport-jwt would verify with jsonwebtoken's rules alone and hand on the payload
 * only; `authenticate` asks the one verifier and the revocation store instead.
 */
@Injectable()
export class JwtStrategy extends Strategy {
  constructor(private readonly check: TokenCheck) {
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
    const token = presentedToken(request, access);
    request.presentedToken = token;
    const client = clientInfoOf(request);
    return access.renewable
      ? { principal: this.check.recognise(token, client) }
      : this.check.authenticate(token, client);
  }
}
