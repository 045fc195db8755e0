import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EpochColumn } from '../database/epoch-column.js';
import type { LiveToken } from './revocation-store.js';

/** A live token of the database adapter, or one that died a moment ago. */
@Entity('tokens')
export class Token implements Omit<LiveToken, 'roles' | 'amr'> {
  @PrimaryColumn({ type: 'varchar' })
  jti!: string;

  @Column({ type: 'integer', name: 'user_id' })
  userId!: number;

  /** As it was when the token was made, for instances of the version before: this one reads it from the account. */
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

  /** When a hard renewal lets it die; null if none does. */
  @EpochColumn({ name: 'dies_at_ms', nullable: true })
  diesAtMs!: number | null;

  @Column({ type: 'integer' })
  replacements!: number;

  @Column({ type: 'varchar', name: 'restart_jti', nullable: true })
  restartJti!: string | null;

  @EpochColumn({ name: 'restarted_at_seconds', nullable: true })
  restartedAtSeconds!: number | null;

  @Column({ type: 'varchar', nullable: true })
  replaces!: string | null;

  @Column({ type: 'boolean' })
  presented!: boolean;

  @Column({ type: 'boolean' })
  followed!: boolean;

  /** {@link LiveToken.amr} as one text; null if a version before second factors wrote the row. */
  @Column({ type: 'text', nullable: true })
  amr!: string | null;
}
