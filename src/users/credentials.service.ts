import { Injectable, Logger } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import { PasswordHasher } from './password-hasher.js';
import { isPossiblePassword } from './password-policy.js';
import { User } from './user.entity.js';
import { canonicalUsername } from './username.js';

/** The only place where a password is checked. */
@Injectable()
export class CredentialsService {
  private readonly logger = new Logger('Credentials');

  constructor(
    private readonly database: Database,
    private readonly hasher: PasswordHasher,
    private readonly audit: AuditService,
  ) {}

  /**
   * The user whose name and password these are; nothing where they are not, at the same cost and with
   * an event either way of being wrong.
   * @throws DomainError `overloaded` or `service-unavailable`
   */
  async verify(username: string, password: string, client: ClientInfo): Promise<User | undefined> {
    const canonical = canonicalUsername(username);
    const user =
      'username' in canonical
        ? await this.database.read((manager) => manager.findOneBy(User, canonical))
        : null;
    return this.verifyFor(user, password, client);
  }

  /**
   * The user, where this is the password; nothing where it is not, or where there is no user, at the
   * same cost.
   * @throws DomainError `overloaded` or `service-unavailable`
   */
  async verifyFor(
    user: User | null,
    password: string,
    client: ClientInfo,
  ): Promise<User | undefined> {
    // An impossible password costs one hash too, of something short.
    const possible = isPossiblePassword(password);
    const hashed = possible ? password : '';
    const matches = user
      ? await this.hasher.verify(user.passwordHash, hashed)
      : await this.hasher.verifyNothing(hashed);
    if (!user || !matches || !possible) {
      const userId = user?.id ?? null;
      await this.audit.recordAlone({ type: 'login.failed', outcome: 'failure', userId, client });
      return undefined;
    }
    if (this.hasher.isOutdated(user.passwordHash)) await this.rehash(user, password);
    return user;
  }

  /** Replaces an outdated hash, unless it changed meanwhile. A failure leaves it for the next log-in. */
  private async rehash({ id, passwordHash: outdated }: User, password: string): Promise<void> {
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
