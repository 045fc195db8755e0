import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { In, LessThan, MoreThan, type EntityManager } from 'typeorm';
import { addressBlock } from '../common/address-block.js';
import type { ClientInfo } from '../common/client-info.js';
import { logSecurityEvent } from '../common/security-log.js';
import { BackgroundJobs } from '../config/background-jobs.js';
import { Env } from '../config/env.js';
import { afterCommit } from '../database/after-commit.js';
import { Database } from '../database/database.js';
import { runWithGiven } from '../database/statements.js';
import {
  SecurityEvent,
  type LoggedEventType,
  type RecordedEventType,
  type SecurityEventOutcome,
} from './security-event.entity.js';

const DAY_MS = 24 * 3600 * 1000;
const RETENTION_INTERVAL_MS = 3600 * 1000;

/** Few enough that no other write waits long for its turn. */
const FORGOTTEN_AT_ONCE = 500;

interface NewSecurityEvent<Type extends LoggedEventType = RecordedEventType> {
  type: Type;
  /** `success` if not given. */
  outcome?: SecurityEventOutcome;
  userId?: number | null;
  sessionId?: string | null | undefined;
  /** The OAuth client that it happened to. */
  clientId?: string;
  client: ClientInfo;
}

/**
 * Records security events, as rows for the account's owner and as lines of the log for the operator,
 * and forgets the rows after `AUDIT_RETENTION_DAYS`.
 */
@Injectable()
export class AuditService implements OnModuleInit {
  private readonly logger = new Logger('Audit');

  constructor(
    private readonly env: Env,
    private readonly database: Database,
    private readonly jobs: BackgroundJobs,
  ) {}

  onModuleInit(): void {
    const delayMs = (time: number) => (time === 0 ? 0 : RETENTION_INTERVAL_MS);
    this.jobs.repeat(delayMs, (signal) => this.forgetOld(signal));
  }

  /**
   * Records an event with the change that it tells of: both are kept or neither. The log hears of it
   * once both are.
   */
  async record(manager: EntityManager, event: NewSecurityEvent): Promise<void> {
    await this.recordAll(manager, [event]);
  }

  /** Records events as `record` does, in one statement. */
  async recordAll(manager: EntityManager, events: readonly NewSecurityEvent[]): Promise<void> {
    if (events.length === 0) return;
    const columns = Object.keys(ROW).join();
    await runWithGiven(
      manager,
      ROW,
      events.map(rowOf),
      `INSERT INTO security_events (${columns}) SELECT ${columns} FROM given`,
    );
    afterCommit(manager, () => {
      for (const event of events) this.log(event);
    });
  }

  /**
   * Records an event on its own, without another change.
   * @throws DomainError `service-unavailable` when the database cannot answer
   */
  async recordAlone(event: NewSecurityEvent): Promise<void> {
    await this.database.write((manager) => this.record(manager, event));
  }

  /** Writes an event to the log alone: one that may come too often for rows. */
  log({ type, outcome = 'success', clientId, ...rest }: NewSecurityEvent<LoggedEventType>): void {
    const line = { event: type, outcome, details: { clientId }, ...rest };
    logSecurityEvent(line, outcome === 'success' ? 'info' : 'warn');
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

  /** Whether the user logged in from this address, or its IPv6 network, within so many days. */
  async hasLoggedInFrom(userId: number, address: string, days: number): Promise<boolean> {
    return this.database.read((manager) =>
      manager.existsBy(SecurityEvent, {
        userId,
        type: 'login.succeeded',
        addressBlock: addressBlock(address),
        atMs: MoreThan(Date.now() - days * DAY_MS),
      }),
    );
  }

  private async forgetOld(signal: AbortSignal): Promise<void> {
    const oldestMs = Date.now() - this.env.AUDIT_RETENTION_DAYS * DAY_MS;
    try {
      while (!signal.aborted && (await this.forgetSome(oldestMs)) === FORGOTTEN_AT_ONCE);
    } catch (error) {
      this.logger.warn(`Old events stay for now: ${String(error)}`);
    }
  }

  /** @returns how many were forgotten */
  private async forgetSome(oldestMs: number): Promise<number> {
    return this.database.write(async (manager) => {
      const old = await manager.find(SecurityEvent, {
        select: { id: true },
        where: { atMs: LessThan(oldestMs) },
        order: { atMs: 'ASC' },
        take: FORGOTTEN_AT_ONCE,
      });
      if (old.length > 0) await manager.delete(SecurityEvent, { id: In(old.map(({ id }) => id)) });
      return old.length;
    });
  }
}

/** What a row holds when it is written. */
const ROW = {
  type: 'text',
  outcome: 'text',
  at_ms: 'bigint',
  user_id: 'bigint',
  session_id: 'text',
  client_id: 'text',
  address: 'text',
  address_block: 'text',
  user_agent: 'text',
  request_id: 'text',
} as const;

function rowOf(event: NewSecurityEvent) {
  const { type, outcome = 'success', userId, sessionId, clientId, client } = event;
  return {
    type,
    outcome,
    at_ms: Date.now(),
    user_id: userId ?? null,
    session_id: sessionId ?? null,
    client_id: clientId ?? null,
    address: client.address,
    address_block: addressBlock(client.address),
    user_agent: client.userAgent,
    request_id: client.requestId,
  } satisfies Record<keyof typeof ROW, unknown>;
}
