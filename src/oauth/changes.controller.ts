import { Controller, Delete, Get, HttpCode, Req, Res } from '@nestjs/common';
import {
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Public, RefusesHead } from '../common/access.decorators.js';
import type { VerifierName } from '../feed/change-feed.js';
import { VerifierPolls } from '../feed/verifier-polls.js';
import { invalidRequest } from './oauth-error.js';
import { ApiClientAuthentication, ApiOAuthErrors } from './oauth-openapi.js';
import { ChangesDto } from './oauth.dto.js';
import { RequestingClient } from './requesting-client.js';

const VERIFIER = /^[\w-]{22,64}$/;
const CURSOR = /^[\w.-]{1,128}$/;
const WAIT_MS = /^\d{1,9}$/;

/** What has changed, for clients that keep answers of introspection: docs/verifiers.md. */
@ApiTags('OAuth')
@Controller('oauth/changes')
@Public()
export class ChangesController {
  constructor(
    private readonly requesting: RequestingClient,
    private readonly polls: VerifierPolls,
  ) {}

  @Get()
  // A lease that nobody reads of.
  @RefusesHead()
  @ApiOperation({
    summary: 'What to forget of the answers of introspection that were kept',
    description:
      'The protocol of verifiers: docs/verifiers.md. The answer is held while there is nothing to tell.',
  })
  @ApiQuery({
    name: 'verifier',
    description: 'Made at random by each process: 22 to 64 of A-Z, a-z, 0-9, - and _',
    example: 'kZ1QyTt0S2m9aWq4Yb7xLg',
  })
  @ApiQuery({
    name: 'after',
    required: false,
    description: '`next` of the last answer that was applied; without it, the answer is a reset',
    example: '5Hq0cV2b-3f2a9c41d07e.17',
  })
  @ApiQuery({
    name: 'wait',
    required: false,
    description: 'Milliseconds for which to hold the answer; a quarter of the lease at most',
    schema: { type: 'integer', minimum: 0, maximum: 999_999_999 },
    example: 250,
  })
  @ApiClientAuthentication()
  @ApiOAuthErrors(401, 403, 429, 503)
  @ApiOkResponse({ type: ChangesDto })
  async poll(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangesDto> {
    const name = await this.nameOf(request);
    const after = parameter(request, 'after', CURSOR);
    const waitMs = Number(parameter(request, 'wait', WAIT_MS) ?? 0);
    const { next, leaseMs, changed } = await this.polls.poll(
      { ...name, after, waitMs },
      untilClosed(reply),
    );
    return { next, lease: leaseMs, ...(changed ? { changed: [...changed] } : { reset: true }) };
  }

  @Delete()
  @HttpCode(204)
  @ApiOperation({ summary: 'Give the lease back, after the last use of a kept answer' })
  @ApiQuery({ name: 'verifier', example: 'kZ1QyTt0S2m9aWq4Yb7xLg' })
  @ApiClientAuthentication()
  @ApiOAuthErrors(401, 403, 503)
  @ApiNoContentResponse({ description: 'Nobody waits for this verifier any more' })
  async giveBack(@Req() request: FastifyRequest): Promise<void> {
    await this.polls.giveBack(await this.nameOf(request));
  }

  /** @throws OAuthError `invalid_client`, `insufficient_scope` or `invalid_request` */
  private async nameOf(request: FastifyRequest): Promise<VerifierName> {
    const { client } = await this.requesting.proveVerifier(request);
    const verifier = parameter(request, 'verifier', VERIFIER);
    if (verifier === undefined) throw invalidRequest('verifier is missing');
    return { client: client.clientId, verifier };
  }
}

/** A parameter of the query; undefined if it is missing or empty (RFC 6749 §3.1). @throws OAuthError `invalid_request` */
function parameter({ query }: FastifyRequest, name: string, form: RegExp): string | undefined {
  const value = (query as Record<string, string | string[] | undefined>)[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw invalidRequest(`${name} is repeated`);
  if (!form.test(value)) throw invalidRequest(`${name} is not in its form`);
  return value;
}

/** Aborted once nobody waits for the answer any more. */
function untilClosed({ raw }: FastifyReply): AbortSignal {
  const closing = new AbortController();
  raw.once('close', () => closing.abort());
  return closing.signal;
}
