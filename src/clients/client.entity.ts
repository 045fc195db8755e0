import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EpochColumn } from '../database/epoch-column.js';

/** A program with credentials of its own. The row is the truth about it; a token store may hold a copy. */
@Entity('clients')
export class Client {
  @PrimaryColumn({ type: 'varchar', name: 'client_id' })
  clientId!: string;

  @Column({ type: 'varchar', unique: true })
  name!: string;

  /** With spaces between; empty if it was given none. */
  @Column({ type: 'varchar' })
  scopes!: string;

  /** Whether it may ask about the tokens of others. */
  @Column({ type: 'boolean' })
  introspects!: boolean;

  /** Counts its changes: of two copies the one with the higher version is the later one. */
  @Column({ type: 'integer' })
  version!: number;

  /** Counts how often all of its tokens were killed: those of an earlier generation are dead. */
  @Column({ type: 'integer' })
  generation!: number;

  @EpochColumn({ name: 'created_at_ms' })
  createdAtMs!: number;

  /** Since when it is disabled; null while it is not. */
  @EpochColumn({ name: 'disabled_at_ms', nullable: true })
  disabledAtMs!: number | null;

  /** When it was deleted; the row stays until the token store has surely heard of it. */
  @EpochColumn({ name: 'deleted_at_ms', nullable: true })
  deletedAtMs!: number | null;

  /** When it was changed last; null once the token store has surely heard of it. */
  @EpochColumn({ name: 'untold_since_ms', nullable: true })
  untoldSinceMs!: number | null;
}
