import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Public } from '../common/access.decorators.js';
import { Client, type ClientInfo } from '../common/client-info.js';
import { MessageDto } from '../common/message.dto.js';
import { ApiProblems } from '../problems/api-problems.js';
import { DomainError } from '../problems/errors.js';
import { ForgottenPassword, type AskedAccount } from './forgotten-password.js';
import { OpenMailGuard } from './open-mail.guard.js';
import { presentedSecret } from './presented-secret.js';
import { ForgottenPasswordBody, RequestedMailDto, ResetBody } from './recovery.dto.js';

@ApiTags('Addresses')
@UseGuards(OpenMailGuard)
@Controller('password')
export class PasswordController {
  constructor(private readonly forgotten: ForgottenPassword) {}

  @Post('forgot')
  @HttpCode(202)
  @Public()
  @ApiOperation({
    summary: 'Ask for a mail by which a forgotten password is replaced',
    description:
      'It goes to the verified address of the account. The answer is the same if there is no such ' +
      'account or address.',
  })
  @ApiProblems('not-found', 'too-many-attempts')
  @ApiAcceptedResponse({ type: RequestedMailDto })
  async ask(
    @Body() body: ForgottenPasswordBody,
    @Client() client: ClientInfo,
  ): Promise<RequestedMailDto> {
    return { id: await this.forgotten.ask(askedAccount(body), client) };
  }

  @Post('reset')
  @HttpCode(200)
  @Public()
  @ApiOperation({
    summary: 'Replace a forgotten password, by the link or the code of the mail',
    description:
      'Ends all sessions of the account and deletes its API keys. It is no log-in, and second factors stay.',
  })
  @ApiProblems('reset-invalid', 'not-found', 'too-many-attempts', 'overloaded')
  @ApiOkResponse({ type: MessageDto, example: { message: 'Password changed' } })
  async reset(@Body() body: ResetBody, @Client() client: ClientInfo): Promise<MessageDto> {
    await this.forgotten.reset(presentedSecret(body), body.password, client);
    return { message: 'Password changed' };
  }
}

/** @throws DomainError `validation-failed` unless there is one of both */
function askedAccount({ username, email }: ForgottenPasswordBody): AskedAccount {
  if (username !== undefined && email === undefined) return { username };
  if (email !== undefined && username === undefined) return { email };
  throw new DomainError('validation-failed', { detail: 'Send a username or an email' });
}
