import { Injectable } from '@nestjs/common';
import { IsNull, LessThan, type EntityManager } from 'typeorm';
import { Batch } from '../database/batch.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { nowSeconds } from '../tokens/clock.js';
import { ClientRows } from './client-rows.js';
import { ClientSecret } from './client-secret.entity.js';
import {
  ClientStore,
  MAX_CLIENT_TOKENS,
  type ClientState,
  type ClientToken,
  type ClientTokenReference,
  type IssueResult,
} from './client-store.js';
import { ClientTokenRow } from './client-token.entity.js';
import { Client } from './client.entity.js';
import { joinScopes, splitScopes } from './scopes.js';

/** Few enough for one statement to be done long before its timeout. */
const PRUNED_AT_ONCE = 500;

/** The store of a service without Redis: the client's row is read itself, and each live token is a row. */
@Injectable()
export class DatabaseClientStore extends ClientStore {
  /** Callers that ask at the same time share one read, which begins after they asked. */
  private readonly finds = new Batch((asked: ClientTokenReference[]) => this.findAll(asked));

  constructor(
    private readonly database: Database,
    private readonly rows: ClientRows,
  ) {
    super();
  }

  override async findClient(clientId: string): Promise<ClientState | undefined> {
    return this.rows.read(clientId);
  }

  override async issue(token: ClientToken, secretHash: string): Promise<IssueResult> {
    const { clientId, generation } = token;
    return this.database.writeInTurn<IssueResult>(`client ${clientId}`, async (manager) => {
      // Locks the row: one who issues, or changes the client, waits for the other.
      const enabled = { clientId, generation, disabledAtMs: IsNull(), deletedAtMs: IsNull() };
      const { affected } = await manager.update(Client, enabled, { version: () => 'version' });
      const hasSecret = await manager.existsBy(ClientSecret, { clientId, hash: secretHash });
      if (affected !== 1 || !hasSecret) return { outcome: 'refused' };
      const live = await this.countLive(manager, clientId);
      if (live.count >= MAX_CLIENT_TOKENS) {
        const retryAfterSeconds = Math.max(1, live.earliestSeconds - nowSeconds());
        return { outcome: 'full', retryAfterSeconds };
      }
      await manager.insert(ClientTokenRow, { ...token, scopes: joinScopes(token.scopes) });
      return { outcome: 'issued' };
    });
  }

  override async findToken(reference: ClientTokenReference): Promise<ClientToken | undefined> {
    return this.finds.add(reference);
  }

  override async revoke({ clientId, jti }: ClientTokenReference): Promise<void> {
    await this.database.write((manager) => manager.delete(ClientTokenRow, { clientId, jti }));
  }

  /** The row alone decides; its dead tokens only take room. */
  override async tell(clientId: string): Promise<ClientState | undefined> {
    const client = await this.rows.read(clientId);
    if (!client) return undefined;
    await this.database.write((manager) =>
      manager.delete(
        ClientTokenRow,
        client.isEnabled ? { clientId, generation: LessThan(client.generation) } : { clientId },
      ),
    );
    return client;
  }

  override async prune(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && (await this.pruneSome()) === PRUNED_AT_ONCE);
  }

  /** @returns how many were removed */
  private async pruneSome(): Promise<number> {
    return this.database.write(async (manager) => {
      const removed = await runStatement(
        manager,
        `WITH old AS (
           SELECT jti FROM client_tokens WHERE expires_at_seconds < $1
           ORDER BY expires_at_seconds LIMIT ${PRUNED_AT_ONCE}
         )
         DELETE FROM client_tokens WHERE jti IN (SELECT jti FROM old) RETURNING jti`,
        [nowSeconds()],
      );
      return removed.length;
    });
  }

  private async countLive(manager: EntityManager, clientId: string) {
    const [row] = await runStatement<{ count: string | number; earliest: string | number | null }>(
      manager,
      `SELECT COUNT(*) AS count, MIN(expires_at_seconds) AS earliest FROM client_tokens
       WHERE client_id = $1 AND expires_at_seconds > $2`,
      [clientId, nowSeconds()],
    );
    return { count: Number(row?.count), earliestSeconds: Number(row?.earliest) };
  }

  private async findAll(asked: ClientTokenReference[]): Promise<(ClientToken | undefined)[]> {
    const found = await this.database.read((manager) =>
      manager
        .createQueryBuilder(ClientTokenRow, 'token')
        .innerJoin(
          Client,
          'client',
          `client.clientId = token.clientId AND client.generation = token.generation
           AND client.disabledAtMs IS NULL AND client.deletedAtMs IS NULL`,
        )
        .where('token.jti IN (:...jtis)', { jtis: asked.map(({ jti }) => jti) })
        .getMany(),
    );
    const live = new Map(found.map((row) => [row.jti, row]));
    return asked.map(({ clientId, jti }) => {
      const row = live.get(jti);
      // A token counts only with everything that it says of itself.
      return row?.clientId === clientId ? toToken(row) : undefined;
    });
  }
}

function toToken(row: ClientTokenRow): ClientToken {
  const { jti, clientId, generation, scopes, issuedAtSeconds, expiresAtSeconds } = row;
  const dates = { issuedAtSeconds, expiresAtSeconds };
  return { jti, clientId, generation, scopes: splitScopes(scopes), ...dates };
}
