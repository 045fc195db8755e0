import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { RevocationStore } from './revocation-store.js';
import { SessionRows } from './session-rows.js';

/** Renames the owner of sessions: first in their rows, then in what the store says of live tokens. */
@Injectable()
export class SessionNames {
  constructor(
    private readonly store: RevocationStore,
    private readonly rows: SessionRows,
  ) {}

  /** The first step, in the transaction that renames the account. `show` has to follow it. */
  async write(manager: EntityManager, userId: number, username: string): Promise<void> {
    await this.rows.rename(manager, userId, username);
  }

  /**
   * Shows the account's present name with its live tokens on every instance; once more if another
   * rename came between, so that the answer that comes last shows the name that stayed.
   * @returns the name; undefined if no session is open
   * @throws DomainError `service-unavailable`
   */
  async show(userId: number): Promise<string | undefined> {
    let username = await this.rows.nameOf(userId);
    for (let shown; username !== undefined && username !== shown;) {
      await this.store.rename(userId, username);
      shown = username;
      username = await this.rows.nameOf(userId);
    }
    return username;
  }
}
