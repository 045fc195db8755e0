import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EpochColumn } from '../database/epoch-column.js';

/** A session: what began at a log-in and lives through its renewals. The row is the truth about it. */
@Entity('sessions')
export class Session {
  @PrimaryColumn({ type: 'varchar' })
  id!: string;

  @Column({ type: 'integer', name: 'user_id' })
  userId!: number;

  /** The account's present name, for instances of the version before: this one reads it from the account. */
  @Column({ type: 'varchar' })
  username!: string;

  @EpochColumn({ name: 'created_at_ms' })
  createdAtMs!: number;

  @EpochColumn({ name: 'renewed_at_ms' })
  renewedAtMs!: number;

  /** When a renewal was last told in an event; null before the first. */
  @EpochColumn({ name: 'renewal_told_at_ms', nullable: true })
  renewalToldAtMs!: number | null;

  /** When its newest token expires. */
  @EpochColumn({ name: 'expires_at_seconds' })
  expiresAtSeconds!: number;

  /** When it ends however often it is renewed. */
  @EpochColumn({ name: 'ends_at_seconds' })
  endsAtSeconds!: number;

  /** Tokens of an earlier generation have been replaced, and are dead. */
  @Column({ type: 'integer' })
  generation!: number;

  /** When it was ended; the row stays until the revocation store has surely heard of it. */
  @EpochColumn({ name: 'ended_at_ms', nullable: true })
  endedAtMs!: number | null;

  /** While its tokens are being replaced: when it is over unless that has succeeded. */
  @EpochColumn({ name: 'unsettled_until_ms', nullable: true })
  unsettledUntilMs!: number | null;

  /** How often a password change has replaced its tokens. */
  @Column({ type: 'integer' })
  replacements!: number;

  /** How it was proved at log-in (RFC 8176), with spaces between. */
  @Column({ type: 'text' })
  amr!: string;

  @Column({ type: 'varchar' })
  address!: string;

  @Column({ type: 'varchar', name: 'user_agent', nullable: true })
  userAgent!: string | null;
}
