import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { runStatement, runWithGiven } from '../database/statements.js';
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.js';

/** The rows of recovery codes. What takes an `EntityManager` is a step of a transaction. */
@Injectable()
export class RecoveryCodeRows {
  constructor(private readonly database: Database) {}

  /** How many an account has left. @throws DomainError `service-unavailable` */
  async count(userId: number): Promise<number> {
    const [row] = await this.database.read((manager) =>
      runStatement<{ count: string | number }>(
        manager,
        'SELECT COUNT(*) AS count FROM recovery_codes WHERE user_id = $1',
        [userId],
      ),
    );
    return Number(row?.count);
  }

  /** Gives an account ten new ones, in place of those that it had. @returns them, which are told this once */
  async renew(manager: EntityManager, userId: number): Promise<string[]> {
    await this.removeAll(manager, userId);
    const codes = newRecoveryCodes();
    await runWithGiven(
      manager,
      { owner: 'bigint', hash: 'text' },
      codes.map((code) => ({ owner: userId, hash: recoveryCodeHash(code) ?? null })),
      'INSERT INTO recovery_codes (user_id, code_hash) SELECT owner, hash FROM given',
    );
    return codes;
  }

  /** Whether an account has this one left. */
  async has(manager: EntityManager, userId: number, hash: string): Promise<boolean> {
    const rows = await runStatement(
      manager,
      'SELECT code_hash FROM recovery_codes WHERE user_id = $1 AND code_hash = $2',
      [userId, hash],
    );
    return rows.length === 1;
  }

  /** Uses one up. @returns whether it was left */
  async use(manager: EntityManager, userId: number, hash: string): Promise<boolean> {
    const used = await runStatement(
      manager,
      `WITH own AS (SELECT code_hash FROM recovery_codes WHERE user_id = $1 AND code_hash = $2)
       DELETE FROM recovery_codes
       WHERE user_id = $1 AND code_hash IN (SELECT code_hash FROM own) RETURNING code_hash`,
      [userId, hash],
    );
    return used.length === 1;
  }

  async removeAll(manager: EntityManager, userId: number): Promise<void> {
    await runStatement(manager, 'DELETE FROM recovery_codes WHERE user_id = $1', [userId]);
  }
}
