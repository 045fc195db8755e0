import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import type { Change } from '../feed/change.js';
import { ChangeAnnouncements } from '../feed/change-announcements.js';
import { DomainError } from '../problems/errors.js';
import { RevocationStore } from './revocation-store.js';
import { UNSETTLED_MS } from './session-rows.js';
import { goneFacts, isSameOfUser, readFacts, type UserFacts } from './user-facts.js';

/** More than there are changes of one account at a time. */
const ATTEMPTS = 100;

/**
 * Tells the store and the verifiers what is said of a user. Each change has three steps: 1. the account's row, which is
 * the truth and notes that the others have not heard yet, 2. the store, which answers the requests, 3. the verifiers,
 * which keep answers. If they are not reached, the pruning job tells them later.
 *
 * A database that was restored, or failed over, may have gone back to an earlier version than the store was told. The
 * row is the truth then too: it is made later than what the store says, and told again.
 */
@Injectable()
export class UserDescriptions {
  constructor(
    private readonly database: Database,
    private readonly store: RevocationStore,
    private readonly announcements: ChangeAnnouncements,
  ) {}

  /** The first step, in the transaction that changes the account's name, roles or state. `show` has to follow it. */
  async write(manager: EntityManager, userId: number): Promise<void> {
    await runStatement(
      manager,
      // The time, so that it is later than versions of which a database that went back knows nothing.
      `UPDATE users SET untold_since_ms = $1,
         facts_version = CASE WHEN facts_version < $1 THEN $1 ELSE facts_version + 1 END
       WHERE id = $2`,
      [Date.now(), userId],
    );
  }

  /**
   * Shows the account's present facts with its live tokens and keys on every instance, and to every verifier; once more
   * if another change came between, so that the answer that comes last shows what stayed. A deleted account is shown as
   * gone.
   * @param others what else has changed, to be told together
   * @throws DomainError `service-unavailable`
   */
  async show(userId: number, ...others: readonly Change[]): Promise<void> {
    let kept: UserFacts | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const facts = await this.database.read((manager) => readFacts(manager, userId));
      // What the store keeps to was in the row before this read. If the row is not as late, the database has gone back.
      if (facts && kept && isBehind(facts, kept)) {
        await this.surpass(userId, kept.version);
        kept = undefined;
        continue;
      }
      kept = await this.store.describe(userId, facts ?? goneAfter(kept));
      if (kept) continue;
      await this.announce(userId, ...others);
      if (!facts || (await this.noteTold(userId, facts.version))) return;
    }
    throw new DomainError('service-unavailable');
  }

  /**
   * Tells the store what the account's row has just been found to say. If the store keeps to something else, the row is
   * shown, as after a change.
   * @throws DomainError `service-unavailable`
   */
  async tell(userId: number, facts: UserFacts): Promise<void> {
    if (await this.store.describe(userId, facts)) await this.show(userId);
  }

  /** Some of the users who were changed a while ago, and of whom the store may not have heard. */
  async listUntold(limit: number): Promise<number[]> {
    const rows = await this.database.read((manager) =>
      runStatement<{ id: number }>(
        manager,
        'SELECT id FROM users WHERE untold_since_ms < $1 ORDER BY untold_since_ms LIMIT $2',
        [Date.now() - UNSETTLED_MS, limit],
      ),
    );
    return rows.map(({ id }) => id);
  }

  /**
   * Tells verifiers to forget whatever they keep about the account, also if nothing of it has changed now.
   * @throws DomainError `service-unavailable`
   */
  async announce(userId: number, ...others: readonly Change[]): Promise<void> {
    if (!(await this.announcements.areHeard())) return;
    await this.announcements.tell(await this.changeOf(userId), ...others);
  }

  /** Whatever answers there may be about the account. */
  private async changeOf(userId: number): Promise<Change> {
    const idsIn = async (table: 'sessions' | 'api_keys') => {
      const rows = await this.database.read((manager) =>
        runStatement<{ id: string }>(manager, `SELECT id FROM ${table} WHERE user_id = $1`, [
          userId,
        ]),
      );
      return rows.map(({ id }) => id);
    };
    const [sessionIds, keyIds] = await Promise.all([idsIn('sessions'), idsIn('api_keys')]);
    return { kind: 'account-changed', sessionIds, keyIds };
  }

  /** Makes the row later than a version. The store has not heard of that one. */
  private async surpass(userId: number, version: number): Promise<void> {
    await this.database.write((manager) =>
      runStatement(
        manager,
        `UPDATE users SET facts_version = $1, untold_since_ms = $2
         WHERE id = $3 AND facts_version < $1`,
        [version + 1, Date.now(), userId],
      ),
    );
  }

  /** @returns whether what was told is still so */
  private async noteTold(userId: number, version: number): Promise<boolean> {
    const told = await this.database.write((manager) =>
      runStatement(
        manager,
        `WITH own AS (SELECT id FROM users WHERE id = $1 AND facts_version = $2)
         UPDATE users SET untold_since_ms = NULL WHERE id IN (SELECT id FROM own) AND facts_version = $2
         RETURNING id`,
        [userId, version],
      ),
    );
    return told.length > 0;
  }
}

/** Whether the store keeps to something else that it was told as no earlier than these facts. */
function isBehind(facts: UserFacts, kept: UserFacts): boolean {
  return facts.version <= kept.version && !isSameOfUser(facts, kept);
}

/** What is said of a deleted account, later than what the store keeps to. */
function goneAfter(kept: UserFacts | undefined): UserFacts {
  const gone = goneFacts();
  return kept ? { ...gone, version: Math.max(gone.version, kept.version + 1) } : gone;
}
