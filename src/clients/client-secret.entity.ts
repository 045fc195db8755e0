import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EpochColumn } from '../database/epoch-column.js';

/** A secret of a client, which has several for as long as a rotation overlaps. */
@Entity('client_secrets')
export class ClientSecret {
  /** SHA-256, in base64url. It needs no salt: the secret has 256 random bits. */
  @PrimaryColumn({ type: 'varchar' })
  hash!: string;

  @Column({ type: 'varchar', name: 'client_id' })
  clientId!: string;

  @EpochColumn({ name: 'created_at_ms' })
  createdAtMs!: number;

  /** When it is refused from; null until another takes its place. */
  @EpochColumn({ name: 'expires_at_ms', nullable: true })
  expiresAtMs!: number | null;
}
