import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import type { ClientState } from './client-store.js';
import { Client } from './client.entity.js';
import { splitScopes } from './scopes.js';

/** A client's row joined with one of its secrets. */
interface StateRow {
  name: string;
  scopes: string;
  introspects: boolean | number;
  version: number;
  generation: number;
  disabled_at_ms: string | number | null;
  deleted_at_ms: string | number | null;
  hash: string | null;
  expires_at_ms: string | number | null;
}

/** The rows of clients as stores need them. Each method throws DomainError `service-unavailable`. */
@Injectable()
export class ClientRows {
  constructor(private readonly database: Database) {}

  /** The client with its secrets, as of one moment; one that was deleted is not enabled. */
  async read(clientId: string): Promise<ClientState | undefined> {
    const rows = await this.database.read((manager) =>
      runStatement<StateRow>(
        manager,
        `SELECT name, scopes, introspects, version, generation, disabled_at_ms, deleted_at_ms,
           hash, expires_at_ms
         FROM clients LEFT JOIN client_secrets ON client_secrets.client_id = clients.client_id
         WHERE clients.client_id = $1`,
        [clientId],
      ),
    );
    const [row] = rows;
    if (!row) return undefined;
    return {
      clientId,
      name: row.name,
      version: row.version,
      generation: row.generation,
      isEnabled: row.disabled_at_ms === null && row.deleted_at_ms === null,
      introspects: Boolean(row.introspects),
      scopes: splitScopes(row.scopes),
      secrets: rows.flatMap(({ hash, expires_at_ms: expires }) =>
        hash === null ? [] : [{ hash, expiresAtMs: expires === null ? null : Number(expires) }],
      ),
    };
  }

  /** Whether there is a client that may introspect; disabled ones count, and deleted ones as long as their rows stay. */
  async hasVerifiers(): Promise<boolean> {
    return this.database.read((manager) => manager.existsBy(Client, { introspects: true }));
  }

  /** Some of the clients of whose change the store has not heard for a while. */
  async listUntold(beforeMs: number, limit: number): Promise<string[]> {
    const rows = await this.database.read((manager) =>
      manager.find(Client, {
        select: { clientId: true },
        where: { untoldSinceMs: LessThan(beforeMs) },
        order: { untoldSinceMs: 'ASC' },
        take: limit,
      }),
    );
    return rows.map(({ clientId }) => clientId);
  }

  /** The store has heard of this version. A row that was kept for that alone goes. */
  async noteTold({ clientId, version }: ClientState): Promise<void> {
    await this.database.write(async (manager) => {
      const told = { clientId, version };
      const { affected } = await manager.update(Client, told, { untoldSinceMs: null });
      if (affected !== 1) return;
      await runStatement(
        manager,
        'DELETE FROM clients WHERE client_id = $1 AND version = $2 AND deleted_at_ms IS NOT NULL',
        [clientId, version],
      );
    });
  }

  /**
   * Makes the row later than what a store holds of it: a database that was restored from a backup has gone back to
   * an earlier version.
   */
  async surpass(clientId: string, version: number): Promise<void> {
    await this.database.write((manager) =>
      runStatement(
        manager,
        'UPDATE clients SET version = $1 + 1 WHERE version <= $1 AND client_id = $2',
        [version, clientId],
      ),
    );
  }
}
