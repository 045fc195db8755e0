import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import type { TokenPrincipal } from '../common/principal.js';
import { afterCommit } from '../database/after-commit.js';
import { Database } from '../database/database.js';
import type { Change } from '../feed/change.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { Metrics } from '../metrics/metrics.js';
import { keyHash, parseKeyText } from './api-key-text.js';
import { KeyRows, type DeletedKey } from './key-rows.js';
import { KeyStore } from './key-store.js';

/** Who deletes a key, and from which session; one who only has the key has none. */
interface Deleter {
  readonly userId: number;
  readonly sessionId?: string | undefined;
  readonly client: ClientInfo;
}

/**
 * Deletes API keys. Every deletion has the same order of steps: 1. the row, which decides whether a key lives, 2. the
 * store, which answers the requests, 3. the verifiers, which keep answers, 4. the answer. If the store or the verifiers
 * are not reached, a job tells them later. After `service-unavailable` the key may have been deleted, and repeating it
 * is safe.
 */
@Injectable()
export class KeyDeletion {
  constructor(
    private readonly database: Database,
    private readonly rows: KeyRows,
    private readonly store: KeyStore,
    private readonly announcements: ChangeAnnouncements,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Deletes a key of the caller's.
   * @returns whether the caller had it
   * @throws DomainError `service-unavailable`
   */
  async byId(caller: TokenPrincipal, id: string): Promise<boolean> {
    return this.deleteOne(caller, (manager) => this.rows.delete(manager, caller.userId, id));
  }

  /**
   * Deletes the key of this text, for anybody who has it: one who found a key that leaked can kill it.
   * @returns whether there was such a key
   * @throws DomainError `service-unavailable`
   */
  async byText(text: string, client: ClientInfo): Promise<boolean> {
    const parsed = parseKeyText(text);
    if (!parsed) return false;
    const { userId } = parsed;
    const hash = keyHash(text);
    // Anybody may send any text: one that was made up costs a read that others share, and holds up no one's writes.
    if (!(await this.rows.isKnown({ userId, hash }))) return false;
    return this.deleteOne({ userId, client }, (manager) =>
      this.rows.deleteByHash(manager, userId, hash),
    );
  }

  /**
   * The first step for every key of an account, in a transaction of its user's (`Database.writeFor`).
   * @returns the keys, with which `finish` has to follow
   */
  async beginAll(
    manager: EntityManager,
    { userId, sessionId, client }: Deleter,
  ): Promise<readonly DeletedKey[]> {
    const keys = await this.rows.deleteAll(manager, userId);
    await this.note(manager, keys, { userId, sessionId, client });
    return keys;
  }

  /**
   * The steps after it, where nothing else tells of the keys.
   * @param others what else has changed, to be told together
   * @throws DomainError `service-unavailable`
   */
  async finish(
    userId: number,
    keys: readonly DeletedKey[],
    ...others: readonly Change[]
  ): Promise<void> {
    await this.kill(userId, keys);
    await this.announcements.tell(
      { kind: 'keys-deleted', keyIds: keys.map(({ id }) => id) },
      ...others,
    );
  }

  /** The store's step alone, where what follows tells of every key that the account had. */
  async kill(userId: number, keys: readonly DeletedKey[]): Promise<void> {
    await this.store.kill(
      userId,
      keys.map(({ hash }) => hash),
    );
  }

  private async deleteOne(
    deleter: Deleter,
    mark: (manager: EntityManager) => Promise<DeletedKey | undefined>,
  ): Promise<boolean> {
    const { userId } = deleter;
    const deleted = await this.database.writeFor(userId, async (manager) => {
      const key = await mark(manager);
      if (key) await this.note(manager, [key], deleter);
      return key;
    });
    // Also if it was deleted before: the store may not have heard of it then.
    if (deleted) await this.finish(userId, [deleted]);
    return deleted !== undefined;
  }

  private async note(
    manager: EntityManager,
    keys: readonly DeletedKey[],
    { userId, sessionId, client }: Deleter,
  ): Promise<void> {
    const deleted = keys.filter(({ isNew }) => isNew);
    await this.audit.recordAll(
      manager,
      deleted.map(() => ({ type: 'key.deleted', userId, sessionId, client })),
    );
    afterCommit(manager, () => this.metrics.keysDeleted(deleted.length));
  }
}
