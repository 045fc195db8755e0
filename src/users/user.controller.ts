import { Body, Controller, Delete, Get, Post, Put, Res } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Accepts, Public } from '../common/access.decorators.js';
import { Client, type ClientInfo } from '../common/client-info.js';
import { MessageDto } from '../common/message.dto.js';
import { announceNextToken } from '../common/next-token.js';
import { CurrentPrincipal, type KeyPrincipal, type TokenPrincipal } from '../common/principal.js';
import { ApiProblems } from '../problems/api-problems.js';
import { TokenRenewal } from '../tokens/token-renewal.js';
import { CredentialsBody, OwnUserDto, UserChangesBody, UserUpdatedDto } from './user.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('Accounts')
@Controller('user')
export class UserController {
  constructor(
    private readonly users: UsersService,
    private readonly renewal: TokenRenewal,
  ) {}

  @Post()
  @Public()
  @ApiOperation({ summary: 'Register' })
  @ApiProblems('username-taken', 'too-many-attempts', 'overloaded')
  @ApiCreatedResponse({ type: MessageDto, example: { message: 'User created successfully' } })
  async register(@Body() body: CredentialsBody, @Client() client: ClientInfo): Promise<MessageDto> {
    await this.users.register(body, client);
    return { message: 'User created successfully' };
  }

  @Get()
  @Accepts(['bearer'], { alsoBy: ['key'] })
  @ApiOperation({ summary: 'Who you are, and the token to use next' })
  @ApiBearerAuth()
  @ApiOkResponse({ type: OwnUserDto })
  async read(@CurrentPrincipal() principal: TokenPrincipal | KeyPrincipal): Promise<OwnUserDto> {
    const { userId: id, username, roles } = principal;
    const token =
      principal.kind === 'key' ? principal.key.text : (await this.renewal.next(principal)).token;
    return { user: { id, username, ...(roles.length > 0 && { roles }) }, token };
  }

  @Put()
  @ApiOperation({ summary: 'Change your username, your password or both' })
  @ApiBearerAuth()
  @ApiProblems('username-taken', 'too-many-attempts', 'overloaded')
  @ApiOkResponse({ type: UserUpdatedDto })
  async update(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() body: UserChangesBody,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UserUpdatedDto> {
    const { issued, nextToken } = await this.users.update(principal, body);
    if (nextToken !== undefined) announceNextToken(reply, nextToken);
    return { message: 'User updated successfully', token: issued.token };
  }

  @Delete()
  @ApiOperation({ summary: 'Delete your account and end all of your sessions' })
  @ApiBearerAuth()
  @ApiOkResponse({ type: MessageDto, example: { message: 'User deleted successfully' } })
  async delete(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageDto> {
    await this.users.delete(principal);
    announceNextToken(reply, undefined);
    return { message: 'User deleted successfully' };
  }
}
