import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Batch } from '../database/batch.js';
import { Database } from '../database/database.js';
import { bigintColumn } from '../database/epoch-column.js';
import { runStatement, runWithGiven } from '../database/statements.js';
import { DomainError } from '../problems/errors.js';
import { nowSeconds } from './clock.js';
import {
  FACTS_COLUMNS,
  formatRoles,
  parseRoles,
  toFacts,
  type FactsRow,
  type UserFacts,
} from './user-facts.js';

/** A user's keys that have not expired at the most. */
const MAX_KEYS = 50;

/** A key, without its text. */
export interface ApiKey {
  readonly id: string;
  readonly userId: number;
  readonly name: string;
  /** The last characters of its text. */
  readonly hint: string;
  /** Those that were named at its making. */
  readonly roles: readonly string[];
  readonly createdAtMs: number;
  /** Null for one that does not expire. */
  readonly expiresAtSeconds: number | null;
  /** Null for one that was never used, as far as it was noted. */
  readonly lastUsedAtMs: number | null;
}

/** A key that is being made, with the hash of its text. */
export type NewApiKey = Omit<ApiKey, 'lastUsedAtMs'> & { readonly hash: string };

/** Whose key it is said to be, and the hash of its text. */
type ClaimedKey = Pick<NewApiKey, 'userId' | 'hash'>;

/** What the rows say of a key, and of its user. */
export interface FoundKey extends Pick<ApiKey, 'id' | 'userId' | 'roles' | 'expiresAtSeconds'> {
  readonly hash: string;
  readonly user: UserFacts;
}

/** A key that was deleted. */
export interface DeletedKey {
  readonly id: string;
  readonly hash: string;
  /** Whether this call deleted it, and no other before. */
  readonly isNew: boolean;
}

type Numeric = string | number | null;

/**
 * The rows of API keys, which are the truth about them: all that requests read from them and write to them. What takes
 * an `EntityManager` is a step of a transaction.
 */
@Injectable()
export class KeyRows {
  /** Callers that ask at the same time share one read, which begins after they asked. */
  private readonly lookups = new Batch((asked: ClaimedKey[]) => this.lookUpAll(asked));

  constructor(private readonly database: Database) {}

  /**
   * Adds a key. To be called beside no other transaction of the user (`Database.writeFor`).
   * @throws DomainError `too-many-keys` if the user has {@link MAX_KEYS}
   */
  async add(manager: EntityManager, key: NewApiKey): Promise<void> {
    const [row] = await runStatement<{ count: Numeric }>(
      manager,
      `SELECT COUNT(*) AS count FROM api_keys
       WHERE user_id = $1 AND deleted_at_ms IS NULL
         AND (expires_at_seconds IS NULL OR expires_at_seconds > $2)`,
      [key.userId, nowSeconds()],
    );
    if (Number(row?.count) >= MAX_KEYS) throw new DomainError('too-many-keys');
    await runStatement(
      manager,
      `INSERT INTO api_keys
         (id, user_id, name, key_hash, hint, roles, created_at_ms, expires_at_seconds)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        ...[key.id, key.userId, key.name, key.hash, key.hint, formatRoles(key.roles)],
        ...[key.createdAtMs, key.expiresAtSeconds],
      ],
    );
  }

  /** The user's keys that have not expired, newest first. @throws DomainError `service-unavailable` */
  async list(userId: number): Promise<ApiKey[]> {
    const rows = await this.database.read((manager) =>
      runStatement<ListedRow>(
        manager,
        `SELECT id, name, hint, roles, created_at_ms, expires_at_seconds, last_used_at_ms
         FROM api_keys
         WHERE user_id = $1 AND deleted_at_ms IS NULL
           AND (expires_at_seconds IS NULL OR expires_at_seconds > $2)
         ORDER BY created_at_ms DESC, id`,
        [userId, nowSeconds()],
      ),
    );
    return rows.map(({ id, name, hint, ...row }) => ({
      ...{ id, userId, name, hint },
      roles: parseRoles(row.roles),
      createdAtMs: Number(row.created_at_ms),
      expiresAtSeconds: bigintColumn.from(row.expires_at_seconds),
      lastUsedAtMs: bigintColumn.from(row.last_used_at_ms),
    }));
  }

  /**
   * What is said of the keys with these hashes, whether they have expired or not; those that were deleted, or whose user
   * was, are not among them.
   * @throws DomainError `service-unavailable`
   */
  async find(hashes: readonly string[]): Promise<Map<string, FoundKey>> {
    const places = hashes.map((_, index) => `$${index + 1}`).join();
    const rows = await this.database.read((manager) =>
      runStatement<FoundRow>(
        manager,
        `SELECT api_keys.id AS id, user_id, key_hash, api_keys.roles AS key_roles,
           expires_at_seconds, ${FACTS_COLUMNS}
         FROM api_keys JOIN users ON users.id = user_id
         WHERE key_hash IN (${places}) AND deleted_at_ms IS NULL`,
        hashes,
      ),
    );
    return new Map(rows.map((row) => [row.key_hash, foundKey(row)]));
  }

  /** Whether the user has, or had, the key with this hash. @throws DomainError `service-unavailable` */
  async isKnown(claimed: ClaimedKey): Promise<boolean> {
    return this.lookups.add(claimed);
  }

  /** Marks a key of the user as deleted; undefined if the user has none of this id. */
  async delete(
    manager: EntityManager,
    userId: number,
    id: string,
  ): Promise<DeletedKey | undefined> {
    return this.deleteBy(manager, 'id', userId, id);
  }

  /** The same for the key with this hash. */
  async deleteByHash(
    manager: EntityManager,
    userId: number,
    hash: string,
  ): Promise<DeletedKey | undefined> {
    return this.deleteBy(manager, 'key_hash', userId, hash);
  }

  /** Marks every key of the user as deleted. @returns all that are, those included that were before */
  async deleteAll(manager: EntityManager, userId: number): Promise<DeletedKey[]> {
    const select = `SELECT id, key_hash FROM api_keys WHERE user_id = $1 AND deleted_at_ms`;
    const before = await runStatement<NamedHash>(manager, `${select} IS NOT NULL`, [userId]);
    const live = await runStatement<NamedHash>(manager, `${select} IS NULL`, [userId]);
    await runStatement(
      manager,
      'UPDATE api_keys SET deleted_at_ms = $1 WHERE user_id = $2 AND deleted_at_ms IS NULL',
      [Date.now(), userId],
    );
    return [
      ...before.map(({ id, key_hash: hash }) => ({ id, hash, isNew: false })),
      ...live.map(({ id, key_hash: hash }) => ({ id, hash, isNew: true })),
    ];
  }

  /** Notes when keys were used, unless a later use was noted before. */
  async noteUses(
    manager: EntityManager,
    uses: readonly { readonly id: string; readonly usedAtMs: number }[],
  ): Promise<void> {
    await runWithGiven(
      manager,
      { used_id: 'text', used: 'bigint' },
      uses.map(({ id, usedAtMs }) => ({ used_id: id, used: usedAtMs })),
      `UPDATE api_keys SET last_used_at_ms = used
       FROM given WHERE id = used_id AND (last_used_at_ms IS NULL OR last_used_at_ms < used)`,
    );
  }

  private async lookUpAll(asked: readonly ClaimedKey[]): Promise<boolean[]> {
    const hashes = [...new Set(asked.map(({ hash }) => hash))];
    const places = hashes.map((_, index) => `$${index + 1}`).join();
    const rows = await this.database.read((manager) =>
      runStatement<{ key_hash: string; user_id: number }>(
        manager,
        `SELECT key_hash, user_id FROM api_keys WHERE key_hash IN (${places})`,
        hashes,
      ),
    );
    const owners = new Map(rows.map(({ key_hash, user_id }) => [key_hash, user_id]));
    return asked.map(({ userId, hash }) => owners.get(hash) === userId);
  }

  private async deleteBy(
    manager: EntityManager,
    column: 'id' | 'key_hash',
    userId: number,
    value: string,
  ): Promise<DeletedKey | undefined> {
    const [deleted] = await runStatement<NamedHash>(
      manager,
      `WITH own AS (SELECT id FROM api_keys WHERE ${column} = $1 AND user_id = $2)
       UPDATE api_keys SET deleted_at_ms = $3
       WHERE id IN (SELECT id FROM own) AND deleted_at_ms IS NULL RETURNING id, key_hash`,
      [value, userId, Date.now()],
    );
    if (deleted) return { id: deleted.id, hash: deleted.key_hash, isNew: true };
    const [known] = await runStatement<NamedHash>(
      manager,
      `SELECT id, key_hash FROM api_keys WHERE ${column} = $1 AND user_id = $2`,
      [value, userId],
    );
    return known && { id: known.id, hash: known.key_hash, isNew: false };
  }
}

interface NamedHash {
  readonly id: string;
  readonly key_hash: string;
}

interface ListedRow {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly roles: string;
  readonly created_at_ms: Numeric;
  readonly expires_at_seconds: Numeric;
  readonly last_used_at_ms: Numeric;
}

interface FoundRow extends FactsRow {
  readonly id: string;
  readonly user_id: number;
  readonly key_hash: string;
  readonly key_roles: string;
  readonly expires_at_seconds: Numeric;
}

function foundKey(row: FoundRow): FoundKey {
  return {
    id: row.id,
    userId: row.user_id,
    hash: row.key_hash,
    roles: parseRoles(row.key_roles),
    expiresAtSeconds: bigintColumn.from(row.expires_at_seconds),
    user: toFacts(row),
  };
}
