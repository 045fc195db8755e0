import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ClientState } from '../clients/client-store.js';
import { ClientTokens } from '../clients/client-tokens.js';
import { joinScopes, parseScopes } from '../clients/scopes.js';
import { Public } from '../common/access.decorators.js';
import { Form, type FormParameters } from './form-parameters.js';
import { OAuthError } from './oauth-error.js';
import { ApiClientAuthentication, ApiOAuthErrors } from './oauth-openapi.js';
import { ClientTokenDto, TokenRequest } from './oauth.dto.js';
import { RequestingClient } from './requesting-client.js';

/** The token endpoint (RFC 6749 §3.2), for clients that speak for themselves (§4.4). */
@ApiTags('OAuth')
@Controller('oauth/token')
@Public()
export class TokenController {
  constructor(
    private readonly requesting: RequestingClient,
    private readonly tokens: ClientTokens,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'A token for a client, by its secret' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: TokenRequest })
  @ApiClientAuthentication()
  @ApiOAuthErrors(401, 429, 503)
  @ApiOkResponse({ type: ClientTokenDto })
  async issue(
    @Req() request: FastifyRequest,
    @Form() form: FormParameters,
  ): Promise<ClientTokenDto> {
    const proved = await this.requesting.prove(request);
    if (form.require('grant_type') !== 'client_credentials') {
      throw new OAuthError('unsupported_grant_type', 'The grant_type must be client_credentials');
    }
    const scopes = grantedScopes(proved.client, form.get('scope'));
    const issued = await this.tokens.issue(proved, scopes);
    if (!issued) throw this.requesting.refusalOf(request);
    return {
      access_token: issued.text,
      token_type: 'Bearer',
      expires_in: issued.lifetimeSeconds,
      ...(scopes.length > 0 && { scope: joinScopes(scopes) }),
    };
  }
}

/**
 * What a client asks for of what it was given; all of that if it does not say (RFC 6749 §3.3).
 * @throws OAuthError `invalid_scope`
 */
function grantedScopes({ scopes }: ClientState, asked: string | undefined): readonly string[] {
  if (asked === undefined) return scopes;
  const wanted = parseScopes(asked);
  if (!wanted) throw new OAuthError('invalid_scope', 'Scopes are separated by single spaces');
  if (!wanted.every((scope) => scopes.includes(scope))) {
    throw new OAuthError('invalid_scope', 'The client was not given all of these scopes');
  }
  return wanted;
}
