import { Body, Controller, Delete, Get, Post, Put } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Public } from '../common/access.decorators.js';
import { ApiProblems } from '../common/api-docs.js';
import { Client, type ClientInfo } from '../common/client-info.js';
import { MessageDto } from '../common/message.dto.js';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';
import { TokenService } from '../tokens/token.service.js';
import { PublicProfiles } from './public-profiles.js';
import { CredentialsBody, OwnUserDto, UserChangesBody, UserUpdatedDto } from './user.dto.js';
import { UsersService } from './users.service.js';

@ApiTags('Accounts')
@Controller('user')
export class UserController {
  constructor(
    private readonly users: UsersService,
    private readonly tokens: TokenService,
    private readonly profiles: PublicProfiles,
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
  @ApiOperation({ summary: 'Who you are, and the token to use next' })
  @ApiBearerAuth()
  @ApiOkResponse({ type: OwnUserDto })
  async read(@CurrentPrincipal() principal: TokenPrincipal): Promise<OwnUserDto> {
    const { userId: id, username } = principal;
    const { token } = await this.tokens.next(principal);
    return { user: { id, username }, token };
  }

  @Put()
  @ApiOperation({ summary: 'Change your username, your password or both' })
  @ApiBearerAuth()
  @ApiProblems('username-taken', 'too-many-attempts', 'overloaded')
  @ApiOkResponse({ type: UserUpdatedDto })
  async update(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() body: UserChangesBody,
  ): Promise<UserUpdatedDto> {
    const { token } = await this.users.update(principal, body);
    await this.profiles.forget(principal.userId);
    return { message: 'User updated successfully', token };
  }

  @Delete()
  @ApiOperation({ summary: 'Delete your account and end all of your sessions' })
  @ApiBearerAuth()
  @ApiOkResponse({ type: MessageDto, example: { message: 'User deleted successfully' } })
  async delete(@CurrentPrincipal() principal: TokenPrincipal): Promise<MessageDto> {
    await this.users.delete(principal);
    await this.profiles.forget(principal.userId);
    return { message: 'User deleted successfully' };
  }
}
