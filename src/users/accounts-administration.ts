import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan, Not, Raw, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import { EmailAddressRows } from '../mail/email-address-rows.js';
import { DomainError } from '../problems/errors.js';
import type { Change } from '../feed/change.js';
import { KeyDeletion } from '../tokens/key-deletion.js';
import type { DeletedKey } from '../tokens/key-rows.js';
import { SessionEndings } from '../tokens/session-endings.js';
import { UserDescriptions } from '../tokens/user-descriptions.js';
import { AccountRows } from './account-rows.js';
import { acceptedUsername } from './username-refusals.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordRules } from './passwords/password-rules.js';
import { PublicProfiles } from './public-profiles.js';
import { User } from './user.entity.js';
import { canonicalUsername } from './username-rules.js';
import { UsersService } from './users.service.js';

/** An account as operators see it. */
export interface ListedAccount {
  readonly user: User;
  /** Null if there is none. */
  readonly verifiedEmail: string | null;
}

/**
 * What an operator does to accounts, and a person who forgot the password. What ends an account's sessions is told once
 * no instance accepts its tokens any more; after a `service-unavailable` it may have happened, and repeating it is safe.
 */
@Injectable()
export class AccountsAdministration {
  constructor(
    private readonly database: Database,
    private readonly rows: AccountRows,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
    private readonly users: UsersService,
    private readonly endings: SessionEndings,
    private readonly keys: KeyDeletion,
    private readonly descriptions: UserDescriptions,
    private readonly profiles: PublicProfiles,
    private readonly addresses: EmailAddressRows,
    private readonly audit: AuditService,
  ) {}

  /**
   * Some of the accounts, by their ids upward, with the addresses that were verified.
   * @param role only those that have it
   * @throws DomainError `service-unavailable`
   */
  async list(afterId: number, limit: number, role?: string): Promise<ListedAccount[]> {
    // With spaces around it, as around each of the roles. An underscore stands for itself.
    const pattern = `% ${role?.replaceAll('_', '\\_')} %`;
    const hasRole = Raw((roles) => `' ' || ${roles} || ' ' LIKE :pattern ESCAPE '\\'`, { pattern });
    const where = { id: MoreThan(afterId), ...(role !== undefined && { roles: hasRole }) };
    return this.database.read(async (manager) => {
      const users = await manager.find(User, { where, order: { id: 'ASC' }, take: limit });
      const ids = users.map(({ id }) => id);
      const emails = await this.addresses.verifiedOf(manager, ids);
      return users.map((user) => ({ user, verifiedEmail: emails.get(user.id) ?? null }));
    });
  }

  /** The account of a name in any spelling. @throws DomainError `unknown-user` or `service-unavailable` */
  async named(name: string): Promise<User> {
    const canonical = canonicalUsername(name);
    if ('refusal' in canonical) throw unknownUser(`There is no user of this name: ${name}`);
    return this.only(canonical, `There is no user of this name: ${name}`);
  }

  /** The account of an id. @throws DomainError `unknown-user` or `service-unavailable` */
  async withId(id: number): Promise<User> {
    return this.only({ id }, `There is no user with the id ${id}`);
  }

  /**
   * Makes an account, under the rules for names and passwords that hold for everybody.
   * @throws DomainError `validation-failed`, `username-taken`, `overloaded` or `service-unavailable`
   */
  async create(
    input: { username: string; password: string },
    client: ClientInfo,
  ): Promise<Pick<User, 'id' | 'username'>> {
    const username = acceptedUsername(input.username);
    await this.rules.require(input.password, username);
    return this.users.add(username, input.password, client);
  }

  /**
   * Ends an account's sessions, and lets no one log in to it until it is enabled.
   * @returns whether it was enabled before
   * @throws DomainError `service-unavailable`
   */
  async disable({ id: userId }: Pick<User, 'id'>, client: ClientInfo): Promise<boolean> {
    let isChanged = false;
    await this.endings.endAllOf(
      userId,
      async (manager) => {
        const enabled = { id: userId, disabledAtMs: IsNull() };
        const { affected } = await manager.update(User, enabled, { disabledAtMs: Date.now() });
        isChanged = affected === 1;
        if (!isChanged) return;
        await this.descriptions.write(manager, userId);
        await this.audit.record(manager, { type: 'account.disabled', userId, client });
      },
      (ended) => this.descriptions.show(userId, ended),
    );
    return isChanged;
  }

  /**
   * Lets the password of a disabled account log in again.
   * @returns whether it was disabled before
   * @throws DomainError `service-unavailable`
   */
  async enable({ id: userId }: Pick<User, 'id'>, client: ClientInfo): Promise<boolean> {
    const isChanged = await this.database.writeFor(userId, async (manager) => {
      const disabled = { id: userId, disabledAtMs: Not(IsNull()) };
      const { affected } = await manager.update(User, disabled, { disabledAtMs: null });
      if (affected !== 1) return false;
      await this.descriptions.write(manager, userId);
      await this.audit.record(manager, { type: 'account.enabled', userId, client });
      return true;
    });
    await this.descriptions.show(userId);
    return isChanged;
  }

  /**
   * Deletes an account with its keys and ends its sessions. Its id is never used again.
   * @throws DomainError `unknown-user` or `service-unavailable`
   */
  async delete({ id: userId }: Pick<User, 'id'>, client: ClientInfo): Promise<void> {
    await this.endWithKeys(
      userId,
      client,
      async (manager) => {
        const isDeleted = await this.rows.delete(manager, { userId, client });
        if (!isDeleted) throw new DomainError('unknown-user');
      },
      async (ended, keys) => {
        await this.keys.kill(userId, keys);
        await this.descriptions.show(userId, ended);
      },
    );
    await this.profiles.forget(userId);
  }

  /**
   * Sets a new password, ends every session of the account and deletes its keys: one who had the account has nothing
   * of it any more.
   * @throws DomainError `validation-failed`, `unknown-user`, `overloaded` or `service-unavailable`
   */
  async setPassword(
    { id: userId, username }: Pick<User, 'id' | 'username'>,
    password: string,
    client: ClientInfo,
  ): Promise<void> {
    await this.replacePassword(
      { id: userId, username },
      password,
      client,
      async (manager, hash) => {
        const isSet = await this.rows.setPasswordHash(manager, { userId, client }, hash);
        if (!isSet) throw new DomainError('unknown-user');
      },
    );
  }

  /**
   * The same for a person who forgot the password.
   * @param allow throws, in the transaction that sets the password, unless the person proved to be the account's owner
   * @throws DomainError `validation-failed`, `overloaded` or `service-unavailable`, and what `allow` throws
   */
  async resetPassword(
    user: Pick<User, 'id' | 'username'>,
    password: string,
    client: ClientInfo,
    allow: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    const change = { userId: user.id, client };
    await this.replacePassword(user, password, client, async (manager, hash) => {
      await allow(manager);
      await this.rows.setPasswordHash(manager, change, hash, 'password.reset');
    });
  }

  private async replacePassword(
    { id: userId, username }: Pick<User, 'id' | 'username'>,
    password: string,
    client: ClientInfo,
    write: (manager: EntityManager, passwordHash: string) => Promise<void>,
  ): Promise<void> {
    await this.rules.require(password, username);
    const passwordHash = await this.hasher.hash(password, client);
    await this.endWithKeys(
      userId,
      client,
      (manager) => write(manager, passwordHash),
      (ended, keys) => this.keys.finish(userId, keys, ended),
    );
  }

  /**
   * Ends every session of an account and deletes its keys, with what else must happen in the same transaction.
   * @param finish lets the store hear of the keys, and tells of everything
   */
  private async endWithKeys(
    userId: number,
    client: ClientInfo,
    alongside: (manager: EntityManager) => Promise<void>,
    finish: (ended: Change, keys: readonly DeletedKey[]) => Promise<void>,
  ): Promise<void> {
    let deletedKeys: readonly DeletedKey[] = [];
    await this.endings.endAllOf(
      userId,
      async (manager) => {
        await alongside(manager);
        deletedKeys = await this.keys.beginAll(manager, { userId, client });
      },
      (ended) => finish(ended, deletedKeys),
    );
  }

  private async only(where: FindOptionsWhere<User>, absence: string): Promise<User> {
    const user = await this.database.read((manager) => manager.findOneBy(User, where));
    if (!user) throw unknownUser(absence);
    return user;
  }
}

function unknownUser(detail: string): DomainError {
  return new DomainError('unknown-user', { detail });
}
