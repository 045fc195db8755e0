import { Controller, Get, Param } from '@nestjs/common';
import { ApiExcludeEndpoint, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/access.decorators.js';
import { OpenToAllOrigins } from '../common/open-to-all-origins.js';
import { Env } from '../config/env.js';
import { DomainError } from '../problems/errors.js';
import { MetadataDto } from './oauth.dto.js';

const METHODS = ['client_secret_basic', 'client_secret_post'];

/** What the service offers to OAuth clients, and where (RFC 8414). Pages of any origin may read it. */
@ApiTags('OAuth')
@Controller('.well-known/oauth-authorization-server')
@Public()
export class MetadataController {
  constructor(private readonly env: Env) {}

  @Get()
  @OpenToAllOrigins()
  @ApiOperation({ summary: 'Where the OAuth endpoints and the keys are' })
  @ApiOkResponse({ type: MetadataDto })
  read(): MetadataDto {
    const { publicUrl: issuer } = this.env;
    return {
      issuer,
      token_endpoint: `${issuer}/oauth/token`,
      introspection_endpoint: `${issuer}/oauth/introspect`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      jwks_uri: `${issuer}/.well-known/jwks.json`,
      grant_types_supported: ['client_credentials'],
      // There is no authorization endpoint, and the member is required.
      response_types_supported: [],
      token_endpoint_auth_methods_supported: METHODS,
      introspection_endpoint_auth_methods_supported: METHODS,
      revocation_endpoint_auth_methods_supported: [...METHODS, 'none'],
    };
  }

  /** Where RFC 8414 §3.1 puts it for an issuer with a path. */
  @Get('*')
  @OpenToAllOrigins()
  @ApiExcludeEndpoint()
  readBelowPath(@Param('*') path: string): MetadataDto {
    const ofIssuer = new URL(this.env.publicUrl).pathname.slice(1);
    if (path === '' || path !== ofIssuer) throw new DomainError('not-found');
    return this.read();
  }
}
