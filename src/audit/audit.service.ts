import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { LessThan, type EntityManager } from 'typeorm';
import type { ClientInfo } from '../common/client-info.js';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import {
  SecurityEvent,
  type SecurityEventOutcome,
  type SecurityEventType,
} from './security-event.entity.js';

const DAY_MS = 24 * 3600 * 1000;
const RETENTION_INTERVAL_MS = 3600 * 1000;

interface NewSecurityEvent {
  type: SecurityEventType;
  /** `success` where not said. */
  outcome?: SecurityEventOutcome;
  userId?: number | null;
  sessionId?: string | null;
  client: ClientInfo;
}

/** Records security events and forgets them after `AUDIT_RETENTION_DAYS`. */
@Injectable()
export class AuditService implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger('Audit');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly env: Env,
    private readonly database: Database,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.forgetOld(), RETENTION_INTERVAL_MS).unref();
    void this.forgetOld();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Records an event with the change that it tells of: both are kept or neither. */
  async record(manager: EntityManager, event: NewSecurityEvent): Promise<void> {
    await manager
      .createQueryBuilder()
      .insert()
      .into(SecurityEvent)
      .values({
        type: event.type,
        outcome: event.outcome ?? 'success',
        atMs: Date.now(),
        userId: event.userId ?? null,
        sessionId: event.sessionId ?? null,
        address: event.client.address,
        userAgent: event.client.userAgent,
      })
      .updateEntity(false)
      .execute();
  }

  /**
   * Records an event that changes nothing else.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async recordAlone(event: NewSecurityEvent): Promise<void> {
    await this.database.write((manager) => this.record(manager, event));
  }

  /**
   * A user's own events, newest first.
   * @param beforeId only events older than this one
   */
  async eventsOf(userId: number, limit: number, beforeId?: number): Promise<SecurityEvent[]> {
    return this.database.read((manager) =>
      manager.find(SecurityEvent, {
        where: { userId, ...(beforeId !== undefined && { id: LessThan(beforeId) }) },
        order: { id: 'DESC' },
        take: limit,
      }),
    );
  }

  private async forgetOld(): Promise<void> {
    const oldestMs = Date.now() - this.env.AUDIT_RETENTION_DAYS * DAY_MS;
    await this.database
      .write((manager) => manager.delete(SecurityEvent, { atMs: LessThan(oldestMs) }))
      .catch((error: unknown) => this.logger.warn(`Old events stay for now: ${String(error)}`));
  }
}
