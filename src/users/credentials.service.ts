import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import type { TokenPrincipal } from '../common/principal.js';
import { Database } from '../database/database.js';
import { bigintColumn } from '../database/epoch-column.js';
import { runStatement } from '../database/statements.js';
import { loginOutcomeOf } from '../metrics/labels.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError } from '../problems/errors.js';
import { LoginThrottle, type LoginAttempt } from '../throttling/login-throttle.js';
import { DummyHashes } from './passwords/dummy-hashes.js';
import { costFault } from './passwords/hash-cost.js';
import { PasswordHasher } from './passwords/password-hasher.js';
import { isPossiblePassword } from './passwords/password-text.js';
import { User } from './user.entity.js';
import { canonicalUsername } from './username-rules.js';

/** What proving a password takes of an account, and finds. */
type Account = Pick<
  User,
  'id' | 'username' | 'passwordHash' | 'credentialVersion' | 'disabledAtMs' | 'factors'
>;

/** The only place where a password is checked. */
@Injectable()
export class CredentialsService {
  private readonly logger = new Logger('Credentials');

  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly dummies: DummyHashes,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The user whose name and password these are; undefined if they are not, or if the account is
   * disabled, at the same cost and with an event whichever it is.
   * @throws DomainError `too-many-attempts`, `overloaded` or `service-unavailable`
   */
  async verify(
    username: string,
    password: string,
    client: ClientInfo,
  ): Promise<Account | undefined> {
    return this.countedIfRefused(async () => {
      const canonical = canonicalUsername(username);
      if ('refusal' in canonical) {
        return this.prove({ username, userId: null, client }, undefined, password);
      }
      const user = await this.findByName(canonical.username);
      return this.prove({ ...canonical, userId: user?.id ?? null, client }, user, password);
    });
  }

  /**
   * The user of a token, if this is the password; otherwise as `verify`.
   * @throws DomainError `token-invalid` if the account is gone, `too-many-attempts`, `overloaded` or
   *   `service-unavailable`
   */
  async verifyFor(
    { userId, sessionId, client }: TokenPrincipal,
    password: string,
  ): Promise<Account | undefined> {
    return this.countedIfRefused(async () => {
      const user = await this.database.read((manager) => manager.findOneBy(User, { id: userId }));
      if (!user) throw new DomainError('token-invalid');
      return this.prove({ username: user.username, userId, sessionId, client }, user, password);
    });
  }

  private async findByName(username: string): Promise<Account | undefined> {
    const [row] = await this.database.read((manager) =>
      runStatement<Omit<Account, 'disabledAtMs'> & { disabledAtMs: string | number | null }>(
        manager,
        `SELECT id, username, password_hash AS "passwordHash",
           credential_version AS "credentialVersion", disabled_at_ms AS "disabledAtMs", factors
         FROM users WHERE username = $1`,
        [username],
      ),
    );
    return row && { ...row, disabledAtMs: bigintColumn.from(row.disabledAtMs) };
  }

  /** Counts a log-in that ends here. One with the right password goes on, and `LogIn` counts it. */
  private async countedIfRefused(
    check: () => Promise<Account | undefined>,
  ): Promise<Account | undefined> {
    try {
      const user = await check();
      if (!user) this.metrics.login('failed');
      return user;
    } catch (error) {
      this.metrics.login(loginOutcomeOf(error));
      throw error;
    }
  }

  private async prove(
    attempt: LoginAttempt,
    user: Account | undefined,
    password: string,
  ): Promise<Account | undefined> {
    const outcome = await this.throttle.noting(attempt, () =>
      this.compareInTurn(attempt, user, password),
    );
    if (!user || !outcome.isRight) {
      const { userId, sessionId, client } = attempt;
      const kind = { type: 'login.failed', outcome: 'failure' } as const;
      await this.audit.recordAlone({ ...kind, userId, sessionId, client });
      return undefined;
    }
    if (outcome.newHash !== undefined) await this.replaceHash(user, outcome.newHash);
    return user;
  }

  /** What `compare` says, and a new hash if the right password has an outdated one. */
  private async compareInTurn(
    attempt: LoginAttempt,
    user: Account | undefined,
    password: string,
  ): Promise<{ isRight: boolean; newHash?: string | undefined }> {
    // Before it waits too, so that a refused attempt takes no place in the queue.
    await this.throttle.admit(attempt);
    return this.hasher.inTurn(attempt.client, async () => {
      const isRight = await this.compare(attempt, user, password);
      const isOutdated = isRight && user && this.hasher.isOutdated(user.passwordHash);
      // In the same turn: a user who is proved would have to wait for another one.
      return { isRight, ...(isOutdated && { newHash: await this.newHash(user, password) }) };
    });
  }

  /** Whether this is the password of an enabled account. */
  private async compare(
    attempt: LoginAttempt,
    user: Account | undefined,
    password: string,
  ): Promise<boolean> {
    await this.throttle.admit(attempt);
    // An impossible password costs one hash too, of something short.
    const isPossible = isPossiblePassword(password);
    const passwordHash = this.computable(user);
    const dummy = this.dummies.of(attempt.username);
    const matches = await this.hasher.verify(passwordHash ?? dummy, isPossible ? password : '');
    const isOfUser = matches && passwordHash !== undefined;
    // Known only here, so that the right password of a disabled account is like a wrong one.
    const isRight = isOfUser && isPossible && user?.disabledAtMs === null;
    // Before the next hash starts in this one's place, so that it counts there.
    if (!isRight) await this.throttle.failed(attempt);
    // The password alone is no log-in to an account with a second factor.
    else if (user.factors === 0) await this.throttle.succeeded(attempt);
    return isRight;
  }

  /** The account's hash, if there is one that may be computed here. */
  private computable(user: Account | undefined): string | undefined {
    const fault = user && costFault(user.passwordHash);
    if (fault === undefined) return user?.passwordHash;
    this.logger.warn(
      `User ${user?.id} cannot log in: the hash of the password ${fault}. ` +
        'Set a new password with `users set-password`',
    );
    return undefined;
  }

  private async newHash({ id }: Account, password: string): Promise<string | undefined> {
    try {
      return await this.hasher.hashNow(password);
    } catch (error) {
      this.logger.warn(`The hash of user ${id} stays outdated for now: ${String(error)}`);
      return undefined;
    }
  }

  /** Replaces an outdated hash, unless it changed meanwhile. A failure leaves it for the next log-in. */
  private async replaceHash(
    { id, passwordHash: outdated }: Account,
    passwordHash: string,
  ): Promise<void> {
    try {
      await this.database.write((manager) =>
        manager.update(User, { id, passwordHash: outdated }, { passwordHash }),
      );
    } catch (error) {
      this.logger.warn(`The hash of user ${id} stays outdated for now: ${String(error)}`);
    }
  }
}
