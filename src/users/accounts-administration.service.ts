import { Injectable } from '@nestjs/common';
import { IsNull, MoreThan, Not, type EntityManager, type FindOptionsWhere } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError } from '../common/errors.js';
import { Database } from '../database/database.js';
import { SessionService } from '../tokens/session.service.js';
import { acceptedUsername } from './accepted-username.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordRules } from './password-rules.js';
import { PublicProfiles } from './public-profiles.js';
import { User } from './user.entity.js';
import { canonicalUsername } from './username.js';
import { UsersService } from './users.service.js';

/**
 * What an operator does to accounts. What ends an account's sessions is told once no instance accepts
 * its tokens any more; after a `service-unavailable` it may have happened, and repeating it is safe.
 */
@Injectable()
export class AccountsAdministration {
  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
    private readonly users: UsersService,
    private readonly sessions: SessionService,
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
   * Ends an account's sessions, and lets nobody log in to it until it is enabled.
   * @returns whether it was enabled before
   * @throws DomainError `service-unavailable`
   */
  async disable({ id: userId }: Pick<User, 'id'>, client: ClientInfo): Promise<boolean> {
    let isChanged = false;
    await this.sessions.endAllOf(userId, async (manager) => {
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
    await this.sessions.endAllOf(userId, async (manager) => {
      const { affected } = await manager.delete(User, { id: userId });
      if (affected !== 1) throw new DomainError('unknown-user');
      await this.audit.record(manager, { type: 'account.deleted', userId, client });
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
    const passwordHash = await this.hasher.hash(password);
    await this.sessions.endAllOf(userId, async (manager) => {
      await this.replaceHash(manager, userId, passwordHash);
      await this.audit.record(manager, { type: 'password.changed', userId, client });
    });
  }

  private async replaceHash(
    manager: EntityManager,
    id: number,
    passwordHash: string,
  ): Promise<void> {
    const user = await manager.findOneBy(User, { id });
    if (!user) throw new DomainError('unknown-user');
    const credentialVersion = user.credentialVersion + 1;
    await manager.update(User, { id }, { passwordHash, credentialVersion });
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
