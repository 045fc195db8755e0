import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { Strategy } from 'passport-jwt';
import { clientInfoOf } from '../common/client-info.js';
import { TokenService } from '../tokens/token.service.js';
import { presentedToken } from './bearer-credentials.js';

/**
 * Bearer tokens. passport-jwt would verify with jsonwebtoken's rules alone and hand on the payload
 * only; `authenticate` asks the one verifier and the revocation store instead.
 */
@Injectable()
export class JwtStrategy extends PassportStrategy(Strategy, 'jwt') {
  constructor(private readonly tokens: TokenService) {
    super({ jwtFromRequest: () => null, secretOrKeyProvider: () => undefined });
  }

  override authenticate(request: unknown): void {
    this.principalOf(request as FastifyRequest).then(
      (principal) => this.success(principal),
      (error: unknown) => this.error(error as Error),
    );
  }

  /** passport's hook for the payload, which nothing here calls. */
  validate(): never {
    throw new Error('authenticate() verifies the token itself');
  }

  private async principalOf(request: FastifyRequest) {
    const access = request.access ?? { schemes: [] };
    const token = presentedToken(request, access);
    request.presentedToken = token;
    const client = clientInfoOf(request);
    return access.renewable
      ? this.tokens.recognise(token, client)
      : this.tokens.authenticate(token, client);
  }
}
