import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { BasicStrategy as Strategy } from 'passport-http';
import { clientInfoOf } from '../common/client-info.js';
import type { Authenticated } from '../common/principal.js';
import { DomainError } from '../problems/errors.js';
import { AuthFacade } from './auth.facade.js';
import { parseBasic } from './basic-credentials.js';

/**
 * HTTP Basic. passport-http cuts passwords at their second colon, drops empty ones and mends invalid
 * UTF-8 (RFC 7617 §2 allows none of it), so `authenticate` reads the header itself.
 */
@Injectable()
export class BasicStrategy extends Strategy {
  // passport adds both to the strategy of each request; the types of passport-http leave them out.
  declare success: (authenticated: Authenticated) => void;
  declare error: (error: unknown) => void;

  constructor(private readonly facade: AuthFacade) {
    super(() => undefined);
  }

  override authenticate(request: unknown): void {
    this.identify(request as FastifyRequest).then(
      (authenticated) => this.success(authenticated),
      (error: unknown) => this.error(error),
    );
  }

  private async identify(request: FastifyRequest): Promise<Authenticated> {
    const { authorization } = request.headers;
    const credentials = parseBasic(authorization);
    if (!credentials) {
      throw new DomainError(authorization ? 'invalid-login' : 'credentials-missing');
    }
    const access = request.access ?? { schemes: [] };
    return this.facade.authenticateBasic(credentials, clientInfoOf(request), access);
  }
}
