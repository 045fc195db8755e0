import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import { DomainError } from '../problems/errors.js';
import { UserDescriptions } from '../tokens/user-descriptions.js';
import { formatRoles, parseRoles } from '../tokens/user-facts.js';
import { faultOfRoles } from './role-rules.js';
import { User } from './user.entity.js';

/** What became of an account's roles. */
export interface ChangedRoles {
  /** Those that it has now, sorted. */
  readonly roles: readonly string[];
  /** Those that were given or taken, sorted. */
  readonly changed: readonly string[];
}

/**
 * Gives and takes roles. A change is told once every instance goes by it; after a `service-unavailable` it may have
 * happened, and repeating it is safe.
 */
@Injectable()
export class AccountRoles {
  constructor(
    private readonly database: Database,
    private readonly descriptions: UserDescriptions,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError `validation-failed`, `unknown-user` or `service-unavailable` */
  async grant(userId: number, given: readonly string[], client: ClientInfo): Promise<ChangedRoles> {
    return this.change(userId, client, (present) => [...present, ...given]);
  }

  /** @throws DomainError `validation-failed`, `unknown-user` or `service-unavailable` */
  async revoke(
    userId: number,
    taken: readonly string[],
    client: ClientInfo,
  ): Promise<ChangedRoles> {
    return this.change(userId, client, (present) =>
      present.filter((role) => !taken.includes(role)),
    );
  }

  private async change(
    userId: number,
    client: ClientInfo,
    changeOf: (present: readonly string[]) => readonly string[],
  ): Promise<ChangedRoles> {
    const result = await this.database.writeFor(userId, async (manager) => {
      const user = await manager.findOneBy(User, { id: userId });
      if (!user) throw new DomainError('unknown-user');
      const present = parseRoles(user.roles);
      const roles = [...new Set(changeOf(present))].sort();
      const fault = faultOfRoles(roles);
      if (fault !== undefined) throw new DomainError('validation-failed', { detail: fault });
      const changed = [
        ...roles.filter((role) => !present.includes(role)),
        ...present.filter((role) => !roles.includes(role)),
      ];
      if (changed.length > 0) await this.write(manager, userId, roles, client);
      return { roles, changed };
    });
    // Also if nothing changed: a repetition finishes what failed before.
    await this.descriptions.show(userId);
    return result;
  }

  private async write(
    manager: EntityManager,
    userId: number,
    roles: readonly string[],
    client: ClientInfo,
  ): Promise<void> {
    await manager.update(User, { id: userId }, { roles: formatRoles(roles) });
    await this.descriptions.write(manager, userId);
    await this.audit.record(manager, { type: 'roles.changed', userId, client });
  }
}
