import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsInt, IsOptional, Min } from 'class-validator';
import { digitsToNumber, WholeNumber } from '../common/whole-number.js';
import {
  SECURITY_EVENT_TYPES,
  type SecurityEvent,
  type SecurityEventOutcome,
  type SecurityEventType,
} from './security-event.entity.js';

const MAX_EVENTS = 100;

export class EventsQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_EVENTS,
    default: 20,
    example: 20,
  })
  @WholeNumber(1, MAX_EVENTS)
  limit = 20;

  @ApiPropertyOptional({
    type: String,
    description: 'The `next_cursor` of the page before',
    example: '42',
  })
  @IsOptional()
  @Transform(digitsToNumber)
  @IsInt({ message: 'must be the next_cursor of an earlier answer' })
  @Min(1, { message: 'must be the next_cursor of an earlier answer' })
  cursor?: number;
}

export class EventDto {
  @ApiProperty({ type: 'integer', example: 43 })
  id: number;

  @ApiProperty({ enum: SECURITY_EVENT_TYPES, example: 'login.succeeded' })
  type: SecurityEventType;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T09:30:00.000Z' })
  at: string;

  @ApiProperty({ example: '192.0.2.7' })
  address: string;

  @ApiProperty({ type: String, nullable: true, example: 'curl/8.5.0' })
  user_agent: string | null;

  @ApiProperty({ type: String, nullable: true, example: '3q2-7wAAQACAAAAAAAAAAA' })
  session_id: string | null;

  @ApiProperty({ enum: ['success', 'failure'], example: 'success' })
  outcome: SecurityEventOutcome;

  constructor(event: SecurityEvent) {
    this.id = event.id;
    this.type = event.type;
    this.at = new Date(event.atMs).toISOString();
    this.address = event.address;
    this.user_agent = event.userAgent;
    this.session_id = event.sessionId;
    this.outcome = event.outcome;
  }
}

export class EventsDto {
  @ApiProperty({ type: [EventDto] })
  events!: EventDto[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Ask with it for the next page; null on the last one',
    example: '42',
  })
  next_cursor!: string | null;
}
