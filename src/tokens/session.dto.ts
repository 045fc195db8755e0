import { ApiProperty } from '@nestjs/swagger';
import type { Session } from './session.entity.js';

export class SessionDto {
  @ApiProperty({ example: '3q2-7wAAQACAAAAAAAAAAA' })
  id: string;

  @ApiProperty({ description: 'Whether the token of this request belongs to it', example: true })
  current: boolean;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T09:30:00.000Z' })
  created_at: string;

  @ApiProperty({ format: 'date-time', example: '2026-01-31T09:45:00.000Z' })
  renewed_at: string;

  @ApiProperty({
    format: 'date-time',
    description: 'When its newest token expires',
    example: '2026-01-31T10:20:00.000Z',
  })
  expires_at: string;

  @ApiProperty({ description: 'Where its log-in came from', example: '192.0.2.7' })
  address: string;

  @ApiProperty({ type: String, nullable: true, example: 'curl/8.5.0' })
  user_agent: string | null;

  constructor(session: Session, currentId: string) {
    this.id = session.id;
    this.current = session.id === currentId;
    this.created_at = new Date(session.createdAtMs).toISOString();
    this.renewed_at = new Date(session.renewedAtMs).toISOString();
    this.expires_at = new Date(session.expiresAtSeconds * 1000).toISOString();
    this.address = session.address;
    this.user_agent = session.userAgent;
  }
}

export class SessionsDto {
  @ApiProperty({ type: [SessionDto] })
  sessions!: SessionDto[];
}
