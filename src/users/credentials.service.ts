import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { DomainError } from '../common/errors.js';
import type { TokenPrincipal } from '../common/principal.js';
import { Database } from '../database/database.js';
import { wholeNumber } from '../database/epoch-column.js';
import { runStatement } from '../database/statements.js';
import { loginOutcomeOf } from '../metrics/labels.js';
import { Metrics } from '../metrics/metrics.js';
import { LoginThrottle, TooManyFailures, type LoginAttempt } from '../throttling/login-throttle.js';
import { FailureTiming } from './failure-timing.js';
import { PasswordHasher } from './password-hasher.js';
import { isPossiblePassword } from './password-policy.js';
import { User } from './user.entity.js';
import { canonicalUsername } from './username.js';

/** What proving a password takes of an account, and finds. */
type Account = Pick<
  User,
  'id' | 'username' | 'passwordHash' | 'credentialVersion' | 'disabledAtMs'
>;

/** The only place where a password is checked. */
@Injectable()
export class CredentialsService {
  private readonly logger = new Logger('Credentials');

  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly timing: FailureTiming,
    private readonly throttle: LoginThrottle,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The user whose name and password these are; nothing where they are not, or where the account is
   * disabled, at the same cost and with an event whichever it is.
   * @throws DomainError `too-many-attempts`, `overloaded` or `service-unavailable`
   */
  async verify(
    username: string,
    password: string,
    client: ClientInfo,
  ): Promise<Account | undefined> {
    return this.counted(async () => {
      const canonical = canonicalUsername(username);
      if ('refusal' in canonical) {
        return this.prove({ username, userId: null, client }, undefined, password);
      }
      const user = await this.findByName(canonical.username);
      return this.prove({ ...canonical, userId: user?.id ?? null, client }, user, password);
    });
  }

  /**
   * The user of a token, where this is the password; otherwise as `verify`.
   * @throws DomainError `token-invalid` where the account is gone, `too-many-attempts`, `overloaded` or
   *   `service-unavailable`
   */
  async verifyFor(
    { userId, sessionId, client }: TokenPrincipal,
    password: string,
  ): Promise<Account | undefined> {
    return this.counted(async () => {
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
           credential_version AS "credentialVersion", disabled_at_ms AS "disabledAtMs"
         FROM users WHERE username = $1`,
        [username],
      ),
    );
    return row && { ...row, disabledAtMs: wholeNumber.from(row.disabledAtMs) };
  }

  /** Counts a log-in that ends here. Who proves the password goes on, and is counted at the end. */
  private async counted(check: () => Promise<Account | undefined>): Promise<Account | undefined> {
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
    const isRight = await this.hasher
      .inTurn(() => this.compare(attempt, user, password))
      .catch((error: unknown) => this.noteRefusal(attempt, error));
    if (!user || !isRight) {
      const { userId, sessionId, client } = attempt;
      const kind = { type: 'login.failed', outcome: 'failure' } as const;
      await this.audit.recordAlone({ ...kind, userId, sessionId, client });
      return undefined;
    }
    if (this.hasher.isOutdated(user.passwordHash)) await this.rehash(user, password);
    return user;
  }

  /**
   * Whether this is the password of an enabled account; where it is not, told no sooner than of any other
   * kind of hash.
   */
  private async compare(
    attempt: LoginAttempt,
    user: Account | undefined,
    password: string,
  ): Promise<boolean> {
    await this.throttle.admit(attempt);
    const startedMs = performance.now();
    // An impossible password costs one hash too, of something short.
    const isPossible = isPossiblePassword(password);
    const passwordHash = user?.passwordHash;
    const matches = await this.hasher.verify(passwordHash, isPossible ? password : '');
    // Known only here, so that the right password of a disabled account is like a wrong one.
    const isRight = matches && isPossible && user?.disabledAtMs === null;
    this.timing.note(await this.hasher.kindOf(passwordHash), performance.now() - startedMs);
    // Before the next hash starts in this one's place, so that it counts there.
    if (isRight) {
      await this.throttle.succeeded(attempt);
    } else {
      await this.throttle.failed(attempt);
      // In its turn too, or those who wait for theirs would tell how long the hash took.
      await this.timing.evenOut(startedMs);
    }
    return isRight;
  }

  private async noteRefusal(attempt: LoginAttempt, error: unknown): Promise<never> {
    if (error instanceof TooManyFailures) await this.throttle.refused(attempt, error);
    throw error;
  }

  /** Replaces an outdated hash, unless it changed meanwhile. A failure leaves it for the next log-in. */
  private async rehash({ id, passwordHash: outdated }: Account, password: string): Promise<void> {
    try {
      const passwordHash = await this.hasher.hash(password);
      await this.database.write((manager) =>
        manager.update(User, { id, passwordHash: outdated }, { passwordHash }),
      );
    } catch (error) {
      this.logger.warn(`The hash of user ${id} stays outdated for now: ${String(error)}`);
    }
  }
}
