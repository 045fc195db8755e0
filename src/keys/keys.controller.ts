import { Body, Controller, Delete, Get, Param, Post } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { TakesFields } from '../common/access.decorators.js';
import { MessageDto } from '../common/message.dto.js';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';
import { ApiProblems } from '../problems/api-problems.js';
import { DomainError } from '../problems/errors.js';
import { KeyDeletion } from '../tokens/key-deletion.js';
import { KeyRows } from '../tokens/key-rows.js';
import { isId } from '../common/random-id.js';
import { KeyCreation } from './key-creation.js';
import { KeyDto, KeysDto, NewKeyBody, NewKeyDto } from './key.dto.js';

@ApiTags('API keys')
@ApiBearerAuth()
@Controller('user/keys')
export class KeysController {
  constructor(
    private readonly creation: KeyCreation,
    private readonly rows: KeyRows,
    private readonly deletion: KeyDeletion,
  ) {}

  @Post()
  @TakesFields({ listFields: ['roles'], numberFields: ['expires_in'] })
  @ApiOperation({
    summary: 'Make an API key, for a program that asks in your name',
    description:
      'It is presented as a token is, and says who you are. It cannot change your account, read your ' +
      'sessions, or get tokens.',
  })
  @ApiProblems('too-many-keys', 'too-many-attempts', 'overloaded')
  @ApiCreatedResponse({ type: NewKeyDto })
  async create(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Body() body: NewKeyBody,
  ): Promise<NewKeyDto> {
    const { name, expires_in: lifetimeSeconds, roles = [], current_password } = body;
    const wanted = { name, lifetimeSeconds, roles };
    const { key, text } = await this.creation.create(principal, wanted, current_password);
    return new NewKeyDto(key, text);
  }

  @Get()
  @ApiOperation({ summary: 'Your API keys that have not expired, newest first' })
  @ApiOkResponse({ type: KeysDto })
  async list(@CurrentPrincipal() { userId }: TokenPrincipal): Promise<KeysDto> {
    return { keys: (await this.rows.list(userId)).map((key) => new KeyDto(key)) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Delete one of your API keys: it is refused from then on' })
  @ApiProblems('unknown-key')
  @ApiOkResponse({ type: MessageDto, example: { message: 'API key deleted' } })
  async delete(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Param('id') id: string,
  ): Promise<MessageDto> {
    if (!isId(id) || !(await this.deletion.byId(principal, id))) {
      throw new DomainError('unknown-key');
    }
    return { message: 'API key deleted' };
  }
}
