import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import {
  ApiBasicAuth,
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Accepts, Public } from '../common/access.decorators.js';
import { Client, type ClientInfo } from '../common/client-info.js';
import { Env } from '../config/env.js';
import { ApiProblems } from '../problems/api-problems.js';
import { DomainError, invalidField } from '../problems/errors.js';
import { PublicProfiles } from './public-profiles.js';
import { CredentialsBody, PublicUserDto } from './user.dto.js';
import { UsersService } from './users.service.js';

/** Ids are the positive ones of 32 bits; no account has another, and PostgreSQL would refuse them. */
const MAX_ID = 2 ** 31 - 1;

@ApiTags('HTTP Basic')
@Controller('api/users')
export class ApiUsersController {
  constructor(
    private readonly env: Env,
    private readonly users: UsersService,
    private readonly profiles: PublicProfiles,
  ) {}

  @Post()
  @Public()
  @ApiOperation({ summary: 'Register' })
  @ApiProblems('too-many-attempts', 'overloaded')
  @ApiCreatedResponse({
    type: PublicUserDto,
    headers: {
      Location: {
        description: 'The absolute URI of the user',
        schema: { type: 'string', format: 'uri', example: 'http://127.0.0.1:3000/api/users/1' },
      },
    },
  })
  async register(
    @Body() body: CredentialsBody,
    @Client() client: ClientInfo,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PublicUserDto> {
    const { id, username } = await this.users.register(body, client).catch(takenIsInvalid);
    reply.header('Location', `${this.env.publicUrl}/api/users/${id}`);
    return { username };
  }

  @Get(':id')
  @Accepts(['basic', 'bearer'], { publicWhen: 'PUBLIC_PROFILES' })
  @ApiOperation({ summary: 'The name of a user' })
  @ApiBearerAuth()
  @ApiBasicAuth()
  @ApiProblems('unknown-user')
  @ApiOkResponse({ type: PublicUserDto })
  async read(@Param('id') id: string): Promise<PublicUserDto> {
    const username = isId(id) ? await this.profiles.nameOf(Number(id)) : undefined;
    if (username === undefined) throw new DomainError('unknown-user');
    return { username };
  }
}

/** The published design answers 400 to every refusal, the taken name's too. */
function takenIsInvalid(error: unknown): never {
  if (error instanceof DomainError && error.code === 'username-taken') {
    throw invalidField('username', 'is already taken');
  }
  throw error;
}

function isId(text: string): boolean {
  return /^[1-9]\d{0,9}$/.test(text) && Number(text) <= MAX_ID;
}
