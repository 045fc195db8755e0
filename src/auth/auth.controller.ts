import { Body, Controller, HttpCode, Post, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiBody,
  ApiOAuth2,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AcceptsTokenInBody, Public } from '../common/access.decorators.js';
import { Client, type ClientInfo } from '../common/client-info.js';
import { MessageDto } from '../common/message.dto.js';
import { announceNextToken } from '../common/next-token.js';
import {
  CurrentPrincipal,
  type ClientPrincipal,
  type KeyPrincipal,
  type RenewablePrincipal,
  type TokenPrincipal,
} from '../common/principal.js';
import { ApiProblems } from '../problems/api-problems.js';
import { CredentialsBody } from '../users/user.dto.js';
import { ChallengeAnswerBody, IssuedTokenDto, TokenBody, TokenValidDto } from './auth.dto.js';
import { AuthFacade } from './auth.facade.js';

@ApiTags('Tokens')
@Controller()
export class AuthController {
  constructor(private readonly facade: AuthFacade) {}

  @Post('authenticate_user')
  @HttpCode(200)
  @Public()
  @ApiOperation({ summary: 'Log in' })
  @ApiProblems(
    ...(['invalid-login', 'second-factor-required', 'too-many-attempts'] as const),
    ...(['overloaded', 'service-unavailable'] as const),
  )
  @ApiOkResponse({ type: IssuedTokenDto })
  async login(
    @Body() body: CredentialsBody,
    @Client() client: ClientInfo,
  ): Promise<IssuedTokenDto> {
    return this.facade.login(body, client);
  }

  @Post('authenticate_user/verify')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary: 'Finish a log-in with a second factor',
    description:
      'The challenge comes from the log-in. It works once, and with five wrong codes no more.',
  })
  @ApiProblems('code-invalid', 'challenge-invalid', 'too-many-attempts', 'service-unavailable')
  @ApiOkResponse({ type: IssuedTokenDto })
  async verify(
    @Body() { challenge, code }: ChallengeAnswerBody,
    @Client() client: ClientInfo,
  ): Promise<IssuedTokenDto> {
    return this.facade.verify(challenge, code, client);
  }

  @Post('validate_token')
  @HttpCode(200)
  @AcceptsTokenInBody({ alsoBy: ['key', 'client'] })
  @ApiOperation({ summary: 'Whether a token is valid, and the one to use next' })
  @ApiBody({ type: TokenBody, required: false })
  @ApiBearerAuth()
  @ApiOAuth2([], 'client')
  @ApiOkResponse({ type: TokenValidDto })
  async validate(
    @CurrentPrincipal() principal: TokenPrincipal | KeyPrincipal | ClientPrincipal,
    @Body() _body: TokenBody,
  ): Promise<TokenValidDto> {
    return { message: 'Token is valid', token: await this.facade.validate(principal) };
  }

  @Post('renew_token')
  @HttpCode(200)
  @AcceptsTokenInBody({ renewable: true })
  @ApiOperation({ summary: 'Replace a token, also one that expired a moment ago' })
  @ApiBody({ type: TokenBody, required: false })
  @ApiBearerAuth()
  @ApiOkResponse({ type: IssuedTokenDto })
  async renew(
    @CurrentPrincipal() principal: RenewablePrincipal,
    @Body() _body: TokenBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<IssuedTokenDto> {
    const { issued, nextToken } = await this.facade.renew(principal);
    announceNextToken(reply, nextToken);
    return issued;
  }

  @Post('logout')
  @HttpCode(200)
  @AcceptsTokenInBody({ renewable: true })
  @ApiOperation({ summary: 'End the session: every token of it dies at once' })
  @ApiBody({ type: TokenBody, required: false })
  @ApiBearerAuth()
  @ApiOkResponse({ type: MessageDto })
  async logout(
    @CurrentPrincipal() principal: RenewablePrincipal,
    @Body() _body: TokenBody,
  ): Promise<MessageDto> {
    await this.facade.logout(principal);
    return { message: 'Logged out successfully' };
  }
}
