import { Controller, Get, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { MessageDto } from '../common/message.dto.js';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';

/**
 * The question that a proxy asks about each request that it guards (forward authentication). With whatever method and
 * path it is asked, it arrives here: see `http/forward-auth.ts`.
 */
@ApiTags('Tokens')
@Controller('auth/verify')
export class VerifyController {
  @Get()
  @ApiOperation({
    summary: 'For proxies: whose token it is. Nothing is renewed',
    description:
      'The question of nginx `auth_request`, Traefik `ForwardAuth`, Caddy `forward_auth` and Envoy ' +
      '`ext_authz`, for requests to services of your own. Every method, and every path below this one, ' +
      'is the same question; a body is not read.',
  })
  @ApiBearerAuth()
  @ApiOkResponse({
    type: MessageDto,
    example: { message: 'Token is valid' },
    headers: {
      'X-User-Id': {
        description: 'The id of the user',
        required: true,
        schema: { type: 'integer', example: 1 },
      },
      'X-User-Name': {
        description:
          'The name of the user. Everything but printable ASCII, and the percent sign, is ' +
          'percent-encoded in UTF-8 (RFC 3986 §2.1)',
        required: true,
        schema: { type: 'string', example: 'miguel' },
      },
    },
  })
  identify(
    @CurrentPrincipal() { userId, username }: TokenPrincipal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): MessageDto {
    reply.header('X-User-Id', String(userId));
    reply.header('X-User-Name', headerText(username));
    return { message: 'Token is valid' };
  }
}

/** A text as a header can carry it; `decodeURIComponent` gives it back. */
function headerText(text: string): string {
  return text.replace(/[^!-$&-~]+/gu, encodeURIComponent);
}
