import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import type { FastifyRequest } from 'fastify';
import { BasicStrategy as Strategy } from 'passport-http';
import { clientInfoOf } from '../common/client-info.js';
import { DomainError } from '../common/errors.js';
import type { Principal } from '../common/principal.js';
import { AuthFacade } from './auth.facade.js';
import { parseBasic } from './basic-credentials.js';

/**
 * HTTP Basic. passport-http cuts passwords at their second colon, drops empty ones and mends invalid
 * UTF-8 (RFC 7617 §2 allows none of it), so `authenticate` reads the header itself.
 */
@Injectable()
export class BasicStrategy extends PassportStrategy(Strategy, 'basic') {
  // passport adds both to the strategy of each request; the types of passport-http leave them out.
  declare success: (principal: Principal) => void;
  declare error: (error: unknown) => void;

  constructor(private readonly facade: AuthFacade) {
    super();
  }

  override authenticate(request: unknown): void {
    this.principalOf(request as FastifyRequest).then(
      (principal) => this.success(principal),
      (error: unknown) => this.error(error),
    );
  }

  /** passport's hook for the credentials, which nothing here calls. */
  validate(): never {
    throw new Error('authenticate() checks the credentials itself');
  }

  private async principalOf(request: FastifyRequest) {
    const { authorization } = request.headers;
    const credentials = parseBasic(authorization);
    if (!credentials) {
      throw new DomainError(authorization ? 'invalid-login' : 'credentials-missing');
    }
    const startsSession = request.access?.startsSession === true;
    return this.facade.authenticateBasic(credentials, clientInfoOf(request), startsSession);
  }
}
