import { Injectable } from '@nestjs/common';
import { AuditService } from '../audit/audit.service.js';
import type { TokenPrincipal } from '../common/principal.js';
import { afterCommit } from '../database/after-commit.js';
import { Database } from '../database/database.js';
import { Metrics } from '../metrics/metrics.js';
import { DomainError, invalidField } from '../problems/errors.js';
import { keyHash, keyHint, newKeyText } from '../tokens/api-key-text.js';
import { nowSeconds } from '../tokens/clock.js';
import { KeyRows, type NewApiKey } from '../tokens/key-rows.js';
import { randomId } from '../common/random-id.js';
import { SessionRows } from '../tokens/session-rows.js';
import { TokenCheck } from '../tokens/token-check.js';
import { readFacts } from '../tokens/user-facts.js';
import { CurrentPassword } from '../users/current-password.js';

/** What a key is to be like. */
interface WantedKey {
  readonly name: string;
  /** Undefined for one that does not expire. */
  readonly lifetimeSeconds: number | undefined;
  readonly roles: readonly string[];
}

/** Makes API keys. */
@Injectable()
export class KeyCreation {
  constructor(
    private readonly database: Database,
    private readonly check: TokenCheck,
    private readonly sessions: SessionRows,
    private readonly currentPassword: CurrentPassword,
    private readonly rows: KeyRows,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Makes a key of the caller's. Its text is told here and never again.
   * @throws DomainError `validation-failed` if a role is none of the caller's, or the current password is wrong or
   *   missing; `too-many-keys`; `token-invalid` if what the caller proved no longer holds; `too-many-attempts`,
   *   `overloaded` or `service-unavailable`
   */
  async create(
    principal: TokenPrincipal,
    wanted: WantedKey,
    currentPassword: string | undefined,
  ): Promise<{ readonly key: NewApiKey; readonly text: string }> {
    const proof = await this.check.prove(principal, { isRepeatable: false });
    await this.currentPassword.require(principal, currentPassword, 'to make an API key');

    const { userId, sessionId, client } = principal;
    const text = newKeyText(userId);
    const key = newKey(userId, text, wanted);
    await this.database.writeFor(userId, async (manager) => {
      // The session may have ended, or the password changed, while it was hashed.
      await this.sessions.requireProof(manager, proof);
      const user = await readFacts(manager, userId);
      if (!user || user.isDisabled) throw new DomainError('token-invalid');
      requireRoles(user.roles, key.roles);
      await this.rows.add(manager, key);
      await this.audit.record(manager, { type: 'key.created', userId, sessionId, client });
      afterCommit(manager, () => this.metrics.keyCreated());
    });
    return { key, text };
  }
}

function newKey(userId: number, text: string, wanted: WantedKey): NewApiKey {
  const { name, lifetimeSeconds, roles } = wanted;
  return {
    id: randomId(),
    userId,
    name,
    hash: keyHash(text),
    hint: keyHint(text),
    roles: [...new Set(roles)].sort(),
    createdAtMs: Date.now(),
    expiresAtSeconds: lifetimeSeconds === undefined ? null : nowSeconds() + lifetimeSeconds,
  };
}

function requireRoles(present: readonly string[], wanted: readonly string[]): void {
  if (wanted.every((role) => present.includes(role))) return;
  throw invalidField('roles', 'must be roles that you have');
}
