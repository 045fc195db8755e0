import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiQuery, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Accepts } from '../common/access.decorators.js';
import { MessageDto } from '../common/message.dto.js';
import {
  CurrentPrincipal,
  type BearerPrincipal,
  type ClientPrincipal,
  type KeyPrincipal,
  type TokenPrincipal,
} from '../common/principal.js';
import { ApiProblems } from '../problems/api-problems.js';
import { LOG_IN_CLIENT_ID } from '../tokens/access-token.js';
import { requireDemands, type VerifyQuery } from './verify-demands.js';

/**
 * The question that a proxy asks about each request that it guards (forward authentication). With whatever method and
 * path it is asked, it arrives here: see `http/forward-auth.ts`.
 */
@ApiTags('Tokens')
@Controller('auth/verify')
export class VerifyController {
  @Get()
  @Accepts(['bearer'], { alsoBy: ['key', 'client'] })
  @ApiOperation({
    summary: 'For proxies: whose token it is. Nothing is renewed',
    description:
      'The question of nginx `auth_request`, Traefik `ForwardAuth`, Caddy `forward_auth` and Envoy ' +
      '`ext_authz`, for requests to services of your own. Every method, and every path below this one, ' +
      'is the same question; a body is not read.',
  })
  @ApiBearerAuth()
  @ApiProblems('not-allowed', 'not-a-user')
  @ApiQuery({
    name: 'role',
    required: false,
    isArray: true,
    type: String,
    description: 'Roles, of which the user must have one. Below this path the query means nothing',
  })
  @ApiQuery({
    name: 'scope',
    required: false,
    isArray: true,
    type: String,
    description: 'Scopes, all of which the token of a client must have',
  })
  @ApiQuery({
    name: 'clients',
    required: false,
    enum: ['true'],
    description: 'Lets tokens of clients in without a scope too',
  })
  @ApiOkResponse({
    type: MessageDto,
    example: { message: 'Token is valid' },
    headers: {
      'X-User-Id': header('The id of the user; empty for the token of a client', '1'),
      'X-User-Name': header(
        'The name of the user; empty for the token of a client. Everything but printable ASCII, and the ' +
          'percent sign, is percent-encoded in UTF-8 (RFC 3986 §2.1)',
        'miguel',
      ),
      'X-User-Roles': header('The present roles, with commas between them', 'editor'),
      'X-Client-Id': header('The client whose token it is; `gatehouse` for a user', 'gatehouse'),
      'X-Auth-Scope': header('The scopes of the token of a client, with spaces between them', ''),
      'X-Auth-Methods': header(
        'How the session of a user was proved (RFC 8176), with spaces between; empty for keys and clients',
        'pwd',
      ),
    },
  })
  identify(
    @CurrentPrincipal() principal: BearerPrincipal,
    @Query() query: VerifyQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): MessageDto {
    requireDemands(principal, query);
    // All of them each time, so that a proxy overwrites what a client wrote there.
    reply.headers(principal.kind === 'client' ? ofClient(principal) : ofUser(principal));
    return { message: 'Token is valid' };
  }
}

function ofUser(principal: TokenPrincipal | KeyPrincipal) {
  const { userId, username, roles } = principal;
  return {
    'X-User-Id': String(userId),
    'X-User-Name': headerText(username),
    'X-User-Roles': roles.join(),
    'X-Client-Id': LOG_IN_CLIENT_ID,
    'X-Auth-Scope': '',
    'X-Auth-Methods': principal.kind === 'token' ? principal.amr.join(' ') : '',
  };
}

function ofClient({ clientId, scopes }: ClientPrincipal) {
  return {
    'X-User-Id': '',
    'X-User-Name': '',
    'X-User-Roles': '',
    'X-Client-Id': clientId,
    'X-Auth-Scope': scopes.join(' '),
    'X-Auth-Methods': '',
  };
}

function header(description: string, example: string) {
  return { description, required: true, schema: { type: 'string' as const, example } };
}

/** A text as a header can carry it; `decodeURIComponent` gives it back. */
function headerText(text: string): string {
  return text.replace(/[^!-$&-~]+/gu, encodeURIComponent);
}
