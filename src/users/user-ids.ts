import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { runStatement, runWithGiven } from '../database/statements.js';

/** The largest id that PostgreSQL's column holds, less one for the next account. */
export const LARGEST_USER_ID = 2 ** 31 - 2;

/**
 * The ids of accounts. None is given twice: the column counts on (the migrations), and the ids of deleted accounts are
 * kept for `AccountsImport`, which brings its own. Each method is to be called in a transaction.
 */
@Injectable()
export class UserIds {
  constructor(private readonly database: Database) {}

  /** The highest id that an account was ever given, deleted ones included; 0 if there was none. */
  async last(manager: EntityManager): Promise<number> {
    return this.database.ids.last(manager, 'users');
  }

  /** Lets no account that is made later have an id up to this one. */
  async reserve(manager: EntityManager, lastId: number): Promise<void> {
    await this.database.ids.reserve(manager, 'users', lastId);
  }

  /** Keeps the id of an account that is being deleted, for good. */
  async keep(manager: EntityManager, id: number): Promise<void> {
    await runStatement(manager, 'INSERT INTO deleted_users (id) VALUES ($1)', [id]);
  }

  /** Which of these ids belonged to accounts that were deleted. Until the end none of the others is deleted. */
  async deletedAmong(manager: EntityManager, ids: readonly number[]): Promise<Set<number>> {
    if (ids.length === 0) return new Set();
    const among = async (table: string, lock = ''): Promise<number[]> => {
      const rows = await runWithGiven<{ id: number }>(
        manager,
        { given_id: 'bigint' },
        ids.map((id) => ({ given_id: id })),
        `SELECT id FROM ${table} WHERE id IN (SELECT given_id FROM given) ${lock}`,
      );
      return rows.map(({ id }) => id);
    };
    // A deletion that has begun is waited for: its id would be free before it is known as deleted.
    const { rowLock } = this.database.ids;
    if (rowLock !== '') await among('users', rowLock);
    return new Set(await among('deleted_users'));
  }
}
