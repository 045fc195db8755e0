import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan, Not, type FindOptionsWhere } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/errors.js';
import { SessionEndings } from '../tokens/session-endings.js';
import { AccountRows } from './account-rows.js';
import { acceptedUsername } from './username-refusals.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordRules } from './passwords/password-rules.js';
import { PublicProfiles } from './public-profiles.js';
import { User } from './user.entity.js';
import { canonicalUsername } from './username-rules.js';
import { UsersService } from './users.service.js';

/**
 * What an operator does to accounts. What ends an account's sessions is told once no instance accepts
 * its tokens any more; after a `service-unavailable` it may have happened, and repeating it is safe.
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
    private readonly profiles: PublicProfiles,
    private readonly audit: AuditService,
  ) {}

  /** Some of the accounts, by their ids upward. @throws DomainError `service-unavailable` */
  async list(afterId: number, limit: number): Promise<User[]> {
    return this.database.read((manager) =>
      manager.find(User, { where: { id: MoreThan(afterId) }, order: { id: 'ASC' }, take: limit }),
    );
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
    await this.endings.endAllOf(userId, async (manager) => {
      const enabled = { id: userId, disabledAtMs: IsNull() };
      const { affected } = await manager.update(User, enabled, { disabledAtMs: Date.now() });
      isChanged = affected === 1;
      if (isChanged) await this.audit.record(manager, { type: 'account.disabled', userId, client });
    });
    return isChanged;
  }

  /**
   * Lets the password of a disabled account log in again.
   * @returns whether it was disabled before
   * @throws DomainError `service-unavailable`
   */
  async enable({ id: userId }: Pick<User, 'id'>, client: ClientInfo): Promise<boolean> {
    return this.database.writeFor(userId, async (manager) => {
      const disabled = { id: userId, disabledAtMs: Not(IsNull()) };
      const { affected } = await manager.update(User, disabled, { disabledAtMs: null });
      if (affected !== 1) return false;
      await this.audit.record(manager, { type: 'account.enabled', userId, client });
      return true;
    });
  }

  /**
   * Deletes an account and ends its sessions. Its id is never used again.
   * @throws DomainError `unknown-user` or `service-unavailable`
   */
  async delete({ id: userId }: Pick<User, 'id'>, client: ClientInfo): Promise<void> {
    await this.endings.endAllOf(userId, async (manager) => {
      const isDeleted = await this.rows.delete(manager, { userId, client });
      if (!isDeleted) throw new DomainError('unknown-user');
    });
    await this.profiles.forget(userId);
  }

  /**
   * Sets a new password and ends every session of the account.
   * @throws DomainError `validation-failed`, `unknown-user`, `overloaded` or `service-unavailable`
   */
  async setPassword(
    { id: userId, username }: Pick<User, 'id' | 'username'>,
    password: string,
    client: ClientInfo,
  ): Promise<void> {
    await this.rules.require(password, username);
    const passwordHash = await this.hasher.hash(password, client);
    await this.endings.endAllOf(userId, async (manager) => {
      const isSet = await this.rows.setPasswordHash(manager, { userId, client }, passwordHash);
      if (!isSet) throw new DomainError('unknown-user');
    });
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
