import { Controller, Delete, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditService } from '../audit/audit.service.js';
import { ApiProblems } from '../common/api-docs.js';
import { DomainError } from '../common/errors.js';
import { MessageDto } from '../common/message.dto.js';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';
import { isId } from './random-id.js';
import { SessionDto, SessionsDto } from './session.dto.js';
import { SessionQueries } from './session-queries.js';
import { SessionService } from './session.service.js';

@ApiTags('Sessions')
@ApiBearerAuth()
@Controller('user/sessions')
export class SessionsController {
  constructor(
    private readonly queries: SessionQueries,
    private readonly sessions: SessionService,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Where you are logged in, newest first' })
  @ApiOkResponse({ type: SessionsDto })
  async list(@CurrentPrincipal() { userId, sessionId }: TokenPrincipal): Promise<SessionsDto> {
    const sessions = await this.queries.list(userId);
    return { sessions: sessions.map((session) => new SessionDto(session, sessionId)) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'End one of your sessions' })
  @ApiProblems('unknown-session')
  @ApiOkResponse({ type: MessageDto, example: { message: 'Session ended' } })
  async end(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Param('id') id: string,
  ): Promise<MessageDto> {
    if (!isId(id) || !(await this.sessions.end(principal, id)))
      throw new DomainError('unknown-session');
    return { message: 'Session ended' };
  }

  @Delete()
  @ApiOperation({ summary: 'End all of your sessions, this one included' })
  @ApiOkResponse({ type: MessageDto, example: { message: 'Logged out everywhere' } })
  async endAll(@CurrentPrincipal() principal: TokenPrincipal): Promise<MessageDto> {
    const { userId, sessionId, client } = principal;
    await this.sessions.endAll(principal, 'logout_everywhere', (manager) =>
      this.audit.record(manager, { type: 'sessions.ended', userId, sessionId, client }),
    );
    return { message: 'Logged out everywhere' };
  }
}
