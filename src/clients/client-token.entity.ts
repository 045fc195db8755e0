import { Column, Entity, PrimaryColumn } from 'typeorm';
import { EpochColumn } from '../database/epoch-column.js';

/** A live token of a client in the database adapter. */
@Entity('client_tokens')
export class ClientTokenRow {
  @PrimaryColumn({ type: 'varchar' })
  jti!: string;

  @Column({ type: 'varchar', name: 'client_id' })
  clientId!: string;

  /** The client's, when it was issued. */
  @Column({ type: 'integer' })
  generation!: number;

  /** With spaces between. */
  @Column({ type: 'varchar' })
  scopes!: string;

  @EpochColumn({ name: 'issued_at_seconds' })
  issuedAtSeconds!: number;

  @EpochColumn({ name: 'expires_at_seconds' })
  expiresAtSeconds!: number;
}
