import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import type { TokenPrincipal } from '../common/principal.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError, ignoreUnavailable } from '../problems/errors.js';
import { RegistrationThrottle } from '../throttling/registration-throttle.js';
import type { TokenToUse } from '../tokens/access-token.js';
import { KeyDeletion } from '../tokens/key-deletion.js';
import type { DeletedKey } from '../tokens/key-rows.js';
import { SessionEndings } from '../tokens/session-endings.js';
import { SessionRows, type SessionProof } from '../tokens/session-rows.js';
import { TokenCheck } from '../tokens/token-check.js';
import { TokenRenewal } from '../tokens/token-renewal.js';
import { UserDescriptions } from '../tokens/user-descriptions.js';
import { FACTS_COLUMNS, toFacts, type FactsRow, type UserFacts } from '../tokens/user-facts.js';
import { PasswordChange, type BegunPasswordChange } from '../tokens/password-change.js';
import { AccountRows } from './account-rows.js';
import { acceptedUsername, usernameTaken } from './username-refusals.js';
import { CurrentPassword } from './current-password.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { PasswordRules } from './passwords/password-rules.js';
import { PublicProfiles } from './public-profiles.js';
import type { UserChangesBody } from './user.dto.js';
import { User } from './user.entity.js';

/** Accounts: registering, reading, changing and deleting them. */
@Injectable()
export class UsersService {
  constructor(
    private readonly database: Database,
    private readonly rows: AccountRows,
    private readonly hasher: PasswordHasher,
    private readonly rules: PasswordRules,
    private readonly currentPassword: CurrentPassword,
    private readonly keys: KeyDeletion,
    private readonly check: TokenCheck,
    private readonly renewal: TokenRenewal,
    private readonly passwordChange: PasswordChange,
    private readonly endings: SessionEndings,
    private readonly descriptions: UserDescriptions,
    private readonly sessionRows: SessionRows,
    private readonly profiles: PublicProfiles,
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
    const passwordHash = await this.hasher.hash(password, client);
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

  /** What is so of an enabled account now, if the version of its credentials and the number of its factors still are. */
  async confirm(
    manager: EntityManager,
    { id, credentialVersion, factors }: Pick<User, 'id' | 'credentialVersion' | 'factors'>,
  ): Promise<UserFacts | undefined> {
    const [own] = await runStatement<FactsRow>(
      manager,
      `SELECT ${FACTS_COLUMNS} FROM users
       WHERE id = $1 AND credential_version = $2 AND factors = $3 AND disabled_at_ms IS NULL`,
      [id, credentialVersion, factors],
    );
    return own && toFacts(own);
  }

  /**
   * Changes the name, the password or both. A new password ends every other session and, in this one,
   * every token but the one it returns.
   * @returns the token to use next
   * @throws DomainError `validation-failed`, `username-taken`, `token-invalid` if the account or the
   *   session is gone, `overloaded` or `service-unavailable`
   */
  async update(principal: TokenPrincipal, changes: UserChangesBody): Promise<TokenToUse> {
    const tokenToUse = await this.change(principal, changes);
    await this.profiles.forget(principal.userId);
    return tokenToUse;
  }

  /**
   * Deletes the account with its keys and ends its sessions. Its id is never used again.
   * @throws DomainError `token-invalid` if it is gone already, or `service-unavailable`
   */
  async delete(principal: TokenPrincipal): Promise<void> {
    const { userId } = principal;
    let deletedKeys: readonly DeletedKey[] = [];
    await this.endings.endAll(
      principal,
      'account_deletion',
      async (manager) => {
        if (!(await this.rows.delete(manager, principal))) throw new DomainError('token-invalid');
        deletedKeys = await this.keys.beginAll(manager, principal);
      },
      async (ended) => {
        await this.keys.kill(userId, deletedKeys);
        await this.descriptions.show(userId, ended);
      },
    );
    await this.profiles.forget(userId);
  }

  private async change(principal: TokenPrincipal, changes: UserChangesBody): Promise<TokenToUse> {
    const username =
      changes.username === undefined ? undefined : acceptedUsername(changes.username);
    const { password } = changes;
    if (username === undefined && password === undefined) {
      throw new DomainError('validation-failed', { detail: 'Send a username, a password or both' });
    }
    const proof = await this.check.prove(principal, { isRepeatable: true });
    if (password !== undefined) {
      await this.rules.require(password, username ?? principal.username);
      await this.currentPassword.require(
        principal,
        changes.current_password,
        'to set a new password',
      );
    }
    if (username !== undefined && username !== principal.username) {
      await this.throttle.admit(principal.client);
    }
    const passwordHash =
      password === undefined ? undefined : await this.hasher.hash(password, principal.client);
    const begun = await this.writeChanges(principal, proof, username, passwordHash);
    if (passwordHash !== undefined) this.metrics.revocation('password_change');

    if (begun) {
      // First what a crash must not leave undone, and what the pruning job decides by the time it takes.
      const tokenToUse = await this.passwordChange.finish(principal, begun);
      // The token must reach its client. The pruning job shows the name later if it cannot be shown now.
      if (username !== undefined) {
        await this.descriptions.show(principal.userId).catch(ignoreUnavailable);
      }
      return tokenToUse;
    }
    if (username !== undefined) await this.descriptions.show(principal.userId);
    return { issued: await this.renewal.next(principal) };
  }

  /** @returns what has to happen to the tokens; undefined if the password stays */
  private async writeChanges(
    principal: TokenPrincipal,
    proof: SessionProof,
    username: string | undefined,
    passwordHash: string | undefined,
  ): Promise<BegunPasswordChange | undefined> {
    const { userId, sessionId, client } = principal;
    return this.database
      .writeFor(userId, async (manager) => {
        const user = await manager.findOneBy(User, { id: userId });
        if (!user) throw new DomainError('token-invalid');
        // The token may have been replaced, or its session ended, while the password was hashed.
        await this.sessionRows.requireProof(manager, proof);
        if (username !== undefined && username !== user.username) {
          await manager.update(User, { id: userId }, { username });
          await this.sessionRows.rename(manager, userId, username);
          await this.descriptions.write(manager, userId);
          await this.audit.record(manager, {
            type: 'username.changed',
            userId,
            sessionId,
            client,
          });
        }
        if (passwordHash === undefined) return undefined;
        await this.rows.setPasswordHash(manager, principal, passwordHash);
        return this.passwordChange.begin(manager, principal);
      })
      .catch(usernameTaken);
  }
}
