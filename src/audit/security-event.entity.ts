import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EpochColumn, bigintColumn } from '../database/epoch-column.js';

/** What can happen to an account that its owner, or an operator, may want to know later. */
export const SECURITY_EVENT_TYPES = [
  'account.registered',
  'account.deleted',
  'account.disabled',
  'account.enabled',
  'login.succeeded',
  'login.failed',
  'login.throttled',
  'password.changed',
  'username.changed',
  'roles.changed',
  'session.ended',
  'sessions.ended',
  'key.created',
  'key.deleted',
  'email.verified',
  'email.removed',
  'password.reset',
  'factor.added',
  'factor.removed',
  'factor.failed',
  'token.renewed',
  'token.reuse_detected',
] as const;

export type SecurityEventType = (typeof SECURITY_EVENT_TYPES)[number];
/** What an operator does to a client: no account hears of it. */
export type ClientEventType =
  | 'client.created'
  | 'client.secret_rotated'
  | 'client.disabled'
  | 'client.enabled'
  | 'client.deleted';
/** What is kept in a row. */
export type RecordedEventType = SecurityEventType | ClientEventType;
/** What is recorded, and what the log alone tells of, because anybody can cause any number of them. */
export type LoggedEventType = RecordedEventType | 'recovery.throttled' | 'registration.throttled';
export type SecurityEventOutcome = 'success' | 'failure';

/** One security event. It names no token and no password, and the account by its id alone. */
@Entity('security_events')
export class SecurityEvent {
  @PrimaryColumn({ type: 'bigint', generated: 'increment', transformer: bigintColumn })
  id!: number;

  @Column({ type: 'varchar' })
  type!: SecurityEventType;

  @Column({ type: 'varchar' })
  outcome!: SecurityEventOutcome;

  @EpochColumn({ name: 'at_ms' })
  atMs!: number;

  @Column({ type: 'integer', name: 'user_id', nullable: true })
  userId!: number | null;

  @Column({ type: 'varchar', name: 'session_id', nullable: true })
  sessionId!: string | null;

  @Column({ type: 'varchar' })
  address!: string;

  /** The addresses that count as the same one; null in rows that are older than this column. */
  @Column({ type: 'varchar', name: 'address_block', nullable: true })
  addressBlock!: string | null;

  @Column({ type: 'varchar', name: 'user_agent', nullable: true })
  userAgent!: string | null;

  /** The `X-Request-Id` of the request; null in rows that are older than this column. */
  @Column({ type: 'varchar', name: 'request_id', nullable: true })
  requestId!: string | null;
}
