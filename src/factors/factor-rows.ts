import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { bigintColumn } from '../database/epoch-column.js';
import { runStatement } from '../database/statements.js';
import { DomainError } from '../problems/errors.js';

/** An account's active factors at the most. */
const MAX_FACTORS = 10;

/** One that is not confirmed by then lapses. */
const UNCONFIRMED_MS = 3600_000;

/** What types of factors there are. */
export const FACTOR_TYPES = ['totp'] as const;
export type FactorTypeName = (typeof FACTOR_TYPES)[number];

/** A second factor, with its secret as it is kept. */
export interface Factor {
  readonly id: string;
  readonly userId: number;
  readonly type: FactorTypeName;
  readonly name: string;
  readonly secret: string;
  readonly createdAtMs: number;
  /** Null for one that was not confirmed yet. */
  readonly activatedAtMs: number | null;
  readonly lastUsedAtMs: number | null;
  /** The last step of TOTP whose code was used. */
  readonly lastStep: number | null;
}

/** What a right code does to its factor. */
export interface FactorUse {
  readonly factorId: string;
  /** Greater than that of each use before. */
  readonly step: number;
  /** The secret under the newest key, if it was under another. */
  readonly freshSecret: string | null;
}

/**
 * The rows of second factors: all that is read from them and written to them. What takes an `EntityManager` is a step of
 * a transaction beside which no other one of the user's runs (`Database.writeFor`).
 */
@Injectable()
export class FactorRows {
  constructor(private readonly database: Database) {}

  /** The active factors of an account, oldest first. @throws DomainError `service-unavailable` */
  async list(userId: number): Promise<Factor[]> {
    return this.database.read((manager) => this.active(manager, userId));
  }

  /** How many active factors an account has; undefined if it is gone. */
  async count(manager: EntityManager, userId: number): Promise<number | undefined> {
    const [row] = await runStatement<{ factors: number }>(
      manager,
      'SELECT factors FROM users WHERE id = $1',
      [userId],
    );
    return row?.factors;
  }

  /** The same as `list`, in a transaction. */
  async active(manager: EntityManager, userId: number): Promise<Factor[]> {
    const rows = await runStatement<FactorRow>(
      manager,
      `SELECT ${COLUMNS} FROM factors WHERE user_id = $1 AND activated_at_ms IS NOT NULL
       ORDER BY activated_at_ms, id`,
      [userId],
    );
    return rows.map(toFactor);
  }

  /** A factor of the account, active or not; undefined if it has none of this id, or that has lapsed. */
  async find(manager: EntityManager, userId: number, id: string): Promise<Factor | undefined> {
    const [row] = await runStatement<FactorRow>(
      manager,
      `SELECT ${COLUMNS} FROM factors WHERE id = $1 AND user_id = $2
         AND (activated_at_ms IS NOT NULL OR created_at_ms > $3)`,
      [id, userId, Date.now() - UNCONFIRMED_MS],
    );
    return row && toFactor(row);
  }

  /**
   * Adds a factor that is to be confirmed, in place of the one that was not.
   * @throws DomainError `too-many-factors`
   */
  async add(manager: EntityManager, factor: NewFactor): Promise<void> {
    if ((await this.active(manager, factor.userId)).length >= MAX_FACTORS) {
      throw new DomainError('too-many-factors');
    }
    await this.removeUnconfirmed(manager, factor.userId);
    await runStatement(
      manager,
      `INSERT INTO factors (id, user_id, type, name, secret, created_at_ms)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [factor.id, factor.userId, factor.type, factor.name, factor.secret, factor.createdAtMs],
    );
  }

  /**
   * Activates a factor with the use that confirms it.
   * @returns how many active ones the account has now: there is room, as no two wait to be confirmed
   */
  async activate(manager: EntityManager, userId: number, use: FactorUse): Promise<number> {
    await runStatement(manager, 'UPDATE factors SET activated_at_ms = $1 WHERE id = $2', [
      Date.now(),
      use.factorId,
    ]);
    return this.recount(manager, userId);
  }

  /**
   * Notes a use.
   * @returns whether it counts: not if a use of this step, or of a later one, was noted before, or the factor is gone
   */
  async use(manager: EntityManager, { factorId, step, freshSecret }: FactorUse): Promise<boolean> {
    const used = await runStatement(
      manager,
      `WITH own AS (SELECT id FROM factors WHERE id = $1)
       UPDATE factors SET last_step = $2, last_used_at_ms = $3, secret = coalesce($4, secret)
       WHERE id IN (SELECT id FROM own) AND (last_step IS NULL OR last_step < $2) RETURNING id`,
      [factorId, step, Date.now(), freshSecret],
    );
    return used.length === 1;
  }

  /** Removes those of an account that were not confirmed. */
  async removeUnconfirmed(manager: EntityManager, userId: number): Promise<void> {
    await runStatement(
      manager,
      'DELETE FROM factors WHERE user_id = $1 AND activated_at_ms IS NULL',
      [userId],
    );
  }

  /** Removes factors of an account. @returns how many active ones it has now */
  async remove(manager: EntityManager, userId: number, ids: readonly string[]): Promise<number> {
    for (const id of ids) {
      await runStatement(manager, 'DELETE FROM factors WHERE id = $1 AND user_id = $2', [
        id,
        userId,
      ]);
    }
    return this.recount(manager, userId);
  }

  /** Whether any account has an active factor of this type. @throws DomainError `service-unavailable` */
  async isInUse(type: FactorTypeName): Promise<boolean> {
    const rows = await this.database.read((manager) =>
      runStatement(
        manager,
        'SELECT id FROM factors WHERE type = $1 AND activated_at_ms IS NOT NULL LIMIT 1',
        [type],
      ),
    );
    return rows.length > 0;
  }

  /** Removes some of those that were not confirmed in time. @returns how many were removed */
  async forgetUnconfirmed(limit: number): Promise<number> {
    const removed = await this.database.write((manager) =>
      runStatement(
        manager,
        `WITH old AS (
           SELECT id FROM factors WHERE activated_at_ms IS NULL AND created_at_ms < $1
           ORDER BY created_at_ms LIMIT $2
         )
         DELETE FROM factors WHERE id IN (SELECT id FROM old) AND activated_at_ms IS NULL
         RETURNING id`,
        [Date.now() - UNCONFIRMED_MS, limit],
      ),
    );
    return removed.length;
  }

  /** Writes the number of active factors where a log-in reads it. */
  private async recount(manager: EntityManager, userId: number): Promise<number> {
    const [row] = await runStatement<{ factors: number }>(
      manager,
      `WITH own AS (
         SELECT COUNT(*) AS present FROM factors WHERE user_id = $1 AND activated_at_ms IS NOT NULL
       )
       UPDATE users SET factors = (SELECT present FROM own) WHERE id = $1 RETURNING factors`,
      [userId],
    );
    return row?.factors ?? 0;
  }
}

/** A factor that is being added. */
type NewFactor = Omit<Factor, 'activatedAtMs' | 'lastUsedAtMs' | 'lastStep'>;

const COLUMNS =
  'id, user_id, type, name, secret, created_at_ms, activated_at_ms, last_used_at_ms, last_step';

type Numeric = string | number;

interface FactorRow {
  readonly id: string;
  readonly user_id: number;
  readonly type: FactorTypeName;
  readonly name: string;
  readonly secret: string;
  readonly created_at_ms: Numeric;
  readonly activated_at_ms: Numeric | null;
  readonly last_used_at_ms: Numeric | null;
  readonly last_step: Numeric | null;
}

function toFactor({ id, user_id: userId, type, name, secret, ...row }: FactorRow): Factor {
  return {
    ...{ id, userId, type, name, secret },
    createdAtMs: Number(row.created_at_ms),
    activatedAtMs: bigintColumn.from(row.activated_at_ms),
    lastUsedAtMs: bigintColumn.from(row.last_used_at_ms),
    lastStep: bigintColumn.from(row.last_step),
  };
}
