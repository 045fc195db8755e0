import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { EpochColumn } from '../database/epoch-column.js';

/** An account. Its id is never given to another. */
@Entity('users')
export class User {
  @PrimaryGeneratedColumn()
  id!: number;

  /** In canonical form: see `username.ts`. */
  @Column({ type: 'varchar', unique: true })
  username!: string;

  /** In PHC string format. */
  @Column({ type: 'varchar', name: 'password_hash' })
  passwordHash!: string;

  /** Counts password changes: a log-in that began before one does not outlive it. */
  @Column({ type: 'integer', name: 'credential_version' })
  credentialVersion!: number;

  /** How many active second factors it has: changed with them, in the same transaction. */
  @Column({ type: 'integer', default: 0 })
  factors!: number;

  /** Sorted, with spaces between them: see `user-facts.ts`. */
  @Column({ type: 'text', default: '' })
  roles!: string;

  @EpochColumn({ name: 'created_at_ms' })
  createdAtMs!: number;

  /** Since when no one can log in to it; null while it is enabled. */
  @EpochColumn({ name: 'disabled_at_ms', nullable: true })
  disabledAtMs!: number | null;
}
