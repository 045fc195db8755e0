import { Controller, HttpCode, Post, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Public } from '../common/access.decorators.js';
import { Metrics } from '../metrics/metrics.js';
import { Form, type FormParameters } from './form-parameters.js';
import { Introspection } from './introspection.js';
import { ApiClientAuthentication, ApiOAuthErrors } from './oauth-openapi.js';
import { IntrospectionDto, IntrospectionRequest } from './oauth.dto.js';
import { RequestingClient } from './requesting-client.js';

/** The introspection endpoint (RFC 7662), for clients that were registered with `--introspect`. */
@ApiTags('OAuth')
@Controller('oauth/introspect')
@Public()
export class IntrospectionController {
  constructor(
    private readonly requesting: RequestingClient,
    private readonly introspection: Introspection,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Whether a token is live, and whose it is. Nothing is renewed' })
  @ApiConsumes('application/x-www-form-urlencoded')
  @ApiBody({ type: IntrospectionRequest })
  @ApiClientAuthentication()
  @ApiOAuthErrors(401, 403, 503)
  @ApiOkResponse({ type: IntrospectionDto })
  async introspect(
    @Req() request: FastifyRequest,
    @Form() form: FormParameters,
  ): Promise<IntrospectionDto> {
    const token = form.get('token');
    // Both at once: the store is asked in one step, and nothing is told to a client that is not proved.
    const answering = token === undefined ? undefined : this.introspection.describe(token);
    answering?.catch(() => undefined);
    await this.requesting.proveVerifier(request);
    const answer = await (answering ?? this.introspection.describe(form.require('token')));
    this.metrics.introspection(answer.active);
    return answer;
  }
}
