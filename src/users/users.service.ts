import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError, invalidField } from '../common/errors.js';
import type { TokenPrincipal } from '../common/principal.js';
import { Env } from '../config/env.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { Metrics } from '../metrics/metrics.js';
import type { IssuedToken } from '../tokens/access-token.js';
import { RegistrationThrottle } from '../throttling/registration-throttle.js';
import { SessionRows } from '../tokens/session-rows.js';
import { SessionService } from '../tokens/session.service.js';
import { TokenService } from '../tokens/token.service.js';
import { acceptedUsername, usernameTaken } from './accepted-username.js';
import { CredentialsService } from './credentials.service.js';
import { PasswordHasher } from './password-hasher.js';
import { PasswordRules } from './password-rules.js';
import type { UserChangesBody } from './user.dto.js';
import { User } from './user.entity.js';

/** Accounts: registering, reading, changing and deleting them. */
@Injectable()
export class UsersService {
  constructor(
    private readonly env: Env,
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
    private readonly credentials: CredentialsService,
    private readonly tokens: TokenService,
    private readonly sessions: SessionService,
    private readonly sessionRows: SessionRows,
    private readonly throttle: RegistrationThrottle,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Makes an account.
   * @throws DomainError `validation-failed`, `username-taken`, `overloaded` or `service-unavailable`
   */
  async register(
    input: { username: string; password: string },
    client: ClientInfo,
  ): Promise<Pick<User, 'id' | 'username'>> {
    const username = acceptedUsername(input.username);
    await this.rules.require(input.password, username);
    await this.throttle.admit(client);
    const user = await this.add(username, input.password, client);
    this.metrics.registration();
    return user;
  }

  /**
   * Makes an account of a canonical name and an accepted password.
   * @throws DomainError `username-taken`, `overloaded` or `service-unavailable`
   */
  async add(
    username: string,
    password: string,
    client: ClientInfo,
  ): Promise<Pick<User, 'id' | 'username'>> {
    // Before the expensive hash; the unique index decides between two who ask at once.
    if (await this.database.read((manager) => manager.existsBy(User, { username }))) {
      throw new DomainError('username-taken');
    }
    const passwordHash = await this.hasher.hash(password);
    return this.database
      .write(async (manager) => {
        const row = { username, passwordHash, credentialVersion: 1, createdAtMs: Date.now() };
        const { identifiers } = await manager.insert(User, row);
        const { id } = identifiers[0] as { id: number };
        await this.audit.record(manager, { type: 'account.registered', userId: id, client });
        return { id, username };
      })
      .catch(usernameTaken);
  }

  /** @throws DomainError `service-unavailable` */
  async findById(id: number): Promise<User | null> {
    return this.database.read((manager) => manager.findOneBy(User, { id }));
  }

  /** The present name of an enabled account where `credentialVersion` is still its own. */
  async confirm(
    manager: EntityManager,
    { id, credentialVersion }: Pick<User, 'id' | 'credentialVersion'>,
  ): Promise<string | undefined> {
    const rows = await runStatement<Pick<User, 'username'>>(
      manager,
      `SELECT username FROM users
       WHERE id = $1 AND credential_version = $2 AND disabled_at_ms IS NULL`,
      [id, credentialVersion],
    );
    return rows[0]?.username;
  }

  /**
   * Changes the name, the password or both. A new password ends every other session and, in this one,
   * every token but the one it returns.
   * @returns the token to use next
   * @throws DomainError `validation-failed`, `username-taken`, `token-invalid` where the account or the
   *   session is gone, `overloaded` or `service-unavailable`
   */
  async update(principal: TokenPrincipal, changes: UserChangesBody): Promise<IssuedToken> {
    const username =
      changes.username === undefined ? undefined : acceptedUsername(changes.username);
    const { password } = changes;
    if (username === undefined && password === undefined) {
      throw new DomainError('validation-failed', { detail: 'Send a username, a password or both' });
    }
    if (password !== undefined) {
      await this.rules.require(password, username ?? principal.username);
      await this.requireCurrentPassword(principal, changes.current_password);
    }
    if (username !== undefined && username !== principal.username) {
      await this.throttle.admit(principal.client);
    }
    const passwordHash = password === undefined ? undefined : await this.hasher.hash(password);
    const endedIds = await this.writeChanges(principal, username, passwordHash);
    if (passwordHash !== undefined) this.metrics.revocation('password_change');

    if (username !== undefined) await this.sessions.showName(principal.userId);
    if (passwordHash === undefined) return this.tokens.next(principal);
    return this.tokens.replaceTokens(principal, endedIds);
  }

  /**
   * Deletes the account and ends its sessions. Its id is never used again.
   * @throws DomainError `token-invalid` where it is gone already, or `service-unavailable`
   */
  async delete(principal: TokenPrincipal): Promise<void> {
    const { userId, sessionId, client } = principal;
    await this.sessions.endAll(principal, 'account_deletion', async (manager) => {
      const { affected } = await manager.delete(User, { id: userId });
      if (affected !== 1) throw new DomainError('token-invalid');
      await this.audit.record(manager, { type: 'account.deleted', userId, sessionId, client });
    });
  }

  /** @returns the sessions that end with it */
  private async writeChanges(
    { userId, sessionId, client }: TokenPrincipal,
    username: string | undefined,
    passwordHash: string | undefined,
  ): Promise<string[]> {
    return this.database
      .writeFor(userId, async (manager) => {
        const user = await manager.findOneBy(User, { id: userId });
        // The session may have ended while the password was hashed.
        if (!user || !(await this.sessionRows.isOpen(manager, sessionId))) {
          throw new DomainError('token-invalid');
        }
        const event = { userId, sessionId, client };
        if (username !== undefined && username !== user.username) {
          await manager.update(User, { id: userId }, { username });
          await this.sessionRows.rename(manager, userId, username);
          await this.audit.record(manager, { type: 'username.changed', ...event });
        }
        if (passwordHash === undefined) return [];
        const credentialVersion = user.credentialVersion + 1;
        await manager.update(User, { id: userId }, { passwordHash, credentialVersion });
        await this.audit.record(manager, { type: 'password.changed', ...event });
        // Old tokens must not outlive a new password, also where the store is not reached any more.
        await this.sessionRows.unsettle(manager, sessionId);
        return this.sessionRows.endAll(manager, userId, sessionId);
      })
      .catch(usernameTaken);
  }

  private async requireCurrentPassword(
    principal: TokenPrincipal,
    current: string | undefined,
  ): Promise<void> {
    if (current === undefined) {
      if (!this.env.PASSWORD_CHANGE_REQUIRES_CURRENT) return;
      throw invalidField('current_password', 'is needed to set a new password');
    }
    if (!(await this.credentials.verifyFor(principal, current))) {
      throw invalidField('current_password', 'is wrong');
    }
  }
}
