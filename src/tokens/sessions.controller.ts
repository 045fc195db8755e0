import { Controller, Delete, Get, Param, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { AuditService } from '../audit/audit.service.js';
import { MessageDto } from '../common/message.dto.js';
import { announceNextToken } from '../common/next-token.js';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';
import { ApiProblems } from '../problems/api-problems.js';
import { DomainError } from '../problems/errors.js';
import { isId } from '../common/random-id.js';
import { SessionEndings } from './session-endings.js';
import { SessionRows } from './session-rows.js';
import { SessionDto, SessionsDto } from './session.dto.js';

@ApiTags('Sessions')
@ApiBearerAuth()
@Controller('user/sessions')
export class SessionsController {
  constructor(
    private readonly rows: SessionRows,
    private readonly endings: SessionEndings,
    private readonly audit: AuditService,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Where you are logged in, newest first' })
  @ApiOkResponse({ type: SessionsDto })
  async list(@CurrentPrincipal() { userId, sessionId }: TokenPrincipal): Promise<SessionsDto> {
    const sessions = await this.rows.list(userId);
    return { sessions: sessions.map((session) => new SessionDto(session, sessionId)) };
  }

  @Delete(':id')
  @ApiOperation({ summary: 'End one of your sessions' })
  @ApiProblems('unknown-session')
  @ApiOkResponse({ type: MessageDto, example: { message: 'Session ended' } })
  async end(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageDto> {
    if (!isId(id) || !(await this.endings.endOne(principal, id))) {
      throw new DomainError('unknown-session');
    }
    if (id === principal.sessionId) announceNextToken(reply, undefined);
    return { message: 'Session ended' };
  }

  @Delete()
  @ApiOperation({ summary: 'End all of your sessions, this one included' })
  @ApiOkResponse({ type: MessageDto, example: { message: 'Logged out everywhere' } })
  async endAll(
    @CurrentPrincipal() principal: TokenPrincipal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<MessageDto> {
    const { userId, sessionId, client } = principal;
    await this.endings.endAll(principal, 'logout_everywhere', (manager) =>
      this.audit.record(manager, { type: 'sessions.ended', userId, sessionId, client }),
    );
    announceNextToken(reply, undefined);
    return { message: 'Logged out everywhere' };
  }
}
