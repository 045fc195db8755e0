import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EpochColumn } from '../database/epoch-column.js';
import type { LiveToken } from './revocation-store.js';

/** A live token of the database adapter, or one that was renewed and whose second use must be noticed. */
@Entity('tokens')
export class Token implements LiveToken {
  @PrimaryColumn({ type: 'varchar' })
  jti!: string;

  @Column({ type: 'integer', name: 'user_id' })
  userId!: number;

  @Column({ type: 'varchar' })
  username!: string;

  @Column({ type: 'varchar', name: 'session_id' })
  sessionId!: string;

  @EpochColumn({ name: 'auth_time_seconds' })
  authTimeSeconds!: number;

  @EpochColumn({ name: 'session_ends_at_seconds' })
  sessionEndsAtSeconds!: number;

  @EpochColumn({ name: 'issued_at_seconds' })
  issuedAtSeconds!: number;

  @EpochColumn({ name: 'expires_at_seconds' })
  expiresAtSeconds!: number;

  @Column({ type: 'boolean' })
  newest!: boolean;

  @Column({ type: 'integer' })
  generation!: number;

  /** When a hard renewal lets it die; null while nothing does. */
  @EpochColumn({ name: 'dies_at_ms', nullable: true })
  diesAtMs!: number | null;
}
