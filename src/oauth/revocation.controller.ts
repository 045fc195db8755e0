import { Controller, Header, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../common/access.decorators.js';
import { clientInfoOf } from '../common/client-info.js';
import { LOG_IN_CLIENT_ID } from '../tokens/access-token.js';
import { Form, type FormParameters } from './form-parameters.js';
import { ApiClientAuthentication, ApiOAuthErrors } from './oauth-openapi.js';
import { RevocationRequest } from './oauth.dto.js';
import { RequestingClient } from './requesting-client.js';
import { Revocation } from './revocation.js';

/** The revocation endpoint (RFC 7009). */
@ApiTags('OAuth')
@Controller('oauth/revoke')
@Public()
export class RevocationController {
  constructor(
    private readonly requesting: RequestingClient,
    private readonly revocation: Revocation,
  ) {}

  @Post()
  @HttpCode(200)
  // Clients parse what has no body too, and refuse another type.
  @Header('Content-Type', 'application/json')
  @ApiOperation({
    summary: 'End a token',
    description:
      "A client ends its own tokens. With `client_id=gatehouse`, and no secret, a user's token ends its session.",
  })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: RevocationRequest })
  @ApiClientAuthentication({ orNone: true })
  @ApiOAuthErrors(401, 503)
  @ApiOkResponse({
    description: 'It is dead, or was before, or there never was such a token',
    content: { 'application/json': { schema: {} } },
  })
  async revoke(@Req() request: FastifyRequest, @Form() form: FormParameters): Promise<string> {
    if (isOfHolder(request, form)) {
      await this.revocation.byHolder(form.require('token'), clientInfoOf(request));
    } else {
      const { client } = await this.requesting.prove(request);
      await this.revocation.byClient(client.clientId, form.require('token'));
    }
    return '';
  }
}

/** Whether it comes from the public client of the log-in, which has no secret (RFC 7009 §2.1). */
function isOfHolder({ headers }: FastifyRequest, form: FormParameters): boolean {
  const hasSecret = headers.authorization !== undefined || form.get('client_secret') !== undefined;
  return !hasSecret && form.get('client_id') === LOG_IN_CLIENT_ID;
}
