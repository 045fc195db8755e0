import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentPrincipal, type TokenPrincipal } from '../common/principal.js';
import { AuditService } from './audit.service.js';
import { EventDto, EventsDto, EventsQuery } from './event.dto.js';

@ApiTags('Sessions')
@Controller('user/events')
export class EventsController {
  constructor(private readonly audit: AuditService) {}

  @Get()
  @ApiBearerAuth()
  @ApiOperation({ summary: 'What happened to your account, newest first' })
  @ApiOkResponse({ type: EventsDto })
  async list(
    @CurrentPrincipal() { userId }: TokenPrincipal,
    @Query() { limit, cursor }: EventsQuery,
  ): Promise<EventsDto> {
    const found = await this.audit.eventsOf(userId, limit + 1, cursor);
    const page = found.slice(0, limit);
    const last = found.length > limit ? page.at(-1) : undefined;
    return {
      events: page.map((event) => new EventDto(event)),
      next_cursor: last ? String(last.id) : null,
    };
  }
}
