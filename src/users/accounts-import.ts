import { Injectable } from '@nestjs/common';
import { In, type EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import { runWithGiven } from '../database/statements.js';
import { formatRoles } from '../tokens/user-facts.js';
import { UserIds } from './user-ids.js';
import { User } from './user.entity.js';

/** An account as another system had it. */
export interface ImportedAccount {
  /** In canonical form. */
  readonly username: string;
  /** Of a kind that `importedHash` accepts. */
  readonly passwordHash: string;
  /** A new one if not given. */
  readonly id: number | undefined;
  /** The present if not given. */
  readonly createdAtMs: number | undefined;
  readonly isDisabled: boolean;
  /** Sorted; none if not given. */
  readonly roles: readonly string[] | undefined;
}

/**
 * In what an account that is there already differs from the imported one: it is enabled, and that one is disabled, or it
 * has other roles than that one says. It stays as it is: perhaps that was done since.
 */
export type KeptDifference = 'enabled-here' | 'other-roles-here';

/** What became of one: `unchanged` if the very same account is there already. */
export type ImportOutcome =
  | 'imported'
  | 'unchanged'
  | { readonly kept: readonly KeptDifference[] }
  | { readonly refusal: string };

/** Takes accounts over from other systems. */
@Injectable()
export class AccountsImport {
  constructor(
    private readonly database: Database,
    private readonly ids: UserIds,
    private readonly audit: AuditService,
  ) {}

  /**
   * Adds accounts, all in one transaction; those that cannot be added are left out. Each name, and each
   * id, may be among them once.
   * @returns what became of each
   * @throws DomainError `service-unavailable`
   */
  async add(accounts: readonly ImportedAccount[], client: ClientInfo): Promise<ImportOutcome[]> {
    const ids = accounts.flatMap(({ id }) => id ?? []);
    return this.database.write(async (manager) => {
      if (ids.length > 0) await this.ids.reserve(manager, Math.max(...ids));
      const deletedIds = await this.ids.deletedAmong(manager, ids);
      const isFree = ({ id }: ImportedAccount) => id === undefined || !deletedIds.has(id);
      const addedIds = await this.insert(manager, accounts.filter(isFree));
      await this.audit.recordAll(
        manager,
        [...addedIds.values()].map((userId) => ({ type: 'account.registered', userId, client })),
      );
      const others = accounts.filter(({ username }) => !addedIds.has(username));
      const present = await findAny(manager, others);
      return accounts.map((account) => {
        if (addedIds.has(account.username)) return 'imported';
        return isFree(account) ? compare(account, present) : deletedId(account.id);
      });
    });
  }

  /**
   * Looks what would become of accounts, and adds none.
   * @throws DomainError `service-unavailable`
   */
  async foresee(accounts: readonly ImportedAccount[]): Promise<ImportOutcome[]> {
    // A transaction, so that deletions that have begun are waited for.
    return this.database.write(async (manager) => {
      const present = await findAny(manager, accounts);
      const deletedIds = await this.ids.deletedAmong(
        manager,
        accounts.flatMap(({ id }) => id ?? []),
      );
      return accounts.map((account) => {
        const { username, id } = account;
        if (id !== undefined && deletedIds.has(id)) return deletedId(id);
        const isNew = !present.some((user) => user.username === username || user.id === id);
        return isNew ? 'imported' : compare(account, present);
      });
    });
  }

  /** The highest id that an account was ever given. @throws DomainError `service-unavailable` */
  async lastGivenId(): Promise<number> {
    return this.database.read((manager) => this.ids.last(manager));
  }

  /** Lets no later account have an id up to this one. @throws DomainError `service-unavailable` */
  async reserveIds(lastId: number): Promise<void> {
    await this.database.write((manager) => this.ids.reserve(manager, lastId));
  }

  /** @returns the ids of those that were added, by their names */
  private async insert(
    manager: EntityManager,
    accounts: readonly ImportedAccount[],
  ): Promise<Map<string, number>> {
    const { overriding, id } = this.database.ids.insertion('users', 'given_id');
    const added = await runWithGiven<{ id: number; username: string }>(
      manager,
      {
        given_id: 'bigint',
        name: 'text',
        hash: 'text',
        created: 'bigint',
        disabled: 'bigint',
        roles: 'text',
      },
      accounts.map((account) => ({
        given_id: account.id ?? null,
        name: account.username,
        hash: account.passwordHash,
        created: account.createdAtMs ?? Date.now(),
        disabled: account.isDisabled ? Date.now() : null,
        roles: formatRoles(account.roles ?? []),
      })),
      `INSERT INTO users
         (id, username, password_hash, credential_version, created_at_ms, disabled_at_ms, roles)
       ${overriding} SELECT ${id}, name, hash, 1, created, disabled, roles FROM given WHERE true
       ON CONFLICT DO NOTHING RETURNING id, username`,
    );
    return new Map(added.map((row) => [row.username, row.id]));
  }
}

function deletedId(id: number | undefined): ImportOutcome {
  return { refusal: `the id ${id} belonged to an account that was deleted` };
}

/** The accounts that have the name or the id of one of these. */
async function findAny(
  manager: EntityManager,
  accounts: readonly ImportedAccount[],
): Promise<User[]> {
  if (accounts.length === 0) return [];
  const username = In(accounts.map((account) => account.username));
  const id = In(accounts.flatMap((account) => account.id ?? []));
  return manager.find(User, { where: [{ username }, { id }] });
}

function compare(account: ImportedAccount, present: User[]): ImportOutcome {
  const { username, id, passwordHash, isDisabled, roles } = account;
  const namesake = present.find((user) => user.username === username);
  if (!namesake) return { refusal: `the id ${id} belongs to another account` };
  const [isSame, difference] =
    id === undefined
      ? [namesake.passwordHash === passwordHash, 'another hash']
      : [namesake.id === id, 'another id'];
  if (!isSame) return { refusal: `the username is taken, with ${difference}` };
  const kept: KeptDifference[] = [];
  if (isDisabled && namesake.disabledAtMs === null) kept.push('enabled-here');
  // A file without roles says nothing of them.
  if (roles && formatRoles(roles) !== namesake.roles) kept.push('other-roles-here');
  return kept.length > 0 ? { kept } : 'unchanged';
}
