import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AuditService } from '../audit/audit.service.js';
import type { TokenPrincipal } from '../common/principal.js';
import { Database } from '../database/database.js';
import { isDuplicateKey } from '../database/database-errors.js';
import { FactorCheck } from '../factors/factor-check.js';
import { foldedAddress, maskedAddress } from '../mail/email-address.js';
import { EmailAddressRows, type AccountAddresses } from '../mail/email-address-rows.js';
import type { PresentedSecret } from '../mail/mail-secrets.js';
import { Outbox } from '../mail/outbox.js';
import { DomainError } from '../problems/errors.js';
import { SessionRows, type SessionProof } from '../tokens/session-rows.js';
import { TokenCheck } from '../tokens/token-check.js';
import { CurrentPassword } from '../users/current-password.js';
import { MailProofs } from './mail-proofs.js';

/** What an account's owner sends beside the token, which may be stolen. */
interface OwnerProof {
  readonly password: string;
  /** Undefined if none was sent: an account without a second factor needs none. */
  readonly code: string | undefined;
}

/**
 * The address of the caller's account: mails about the account go there, and one lets its owner back in. So it is never
 * set or removed by a token alone, and an address is worth nothing before a mail to it was read.
 */
@Injectable()
export class OwnAddress {
  constructor(
    private readonly database: Database,
    private readonly check: TokenCheck,
    private readonly sessions: SessionRows,
    private readonly currentPassword: CurrentPassword,
    private readonly factors: FactorCheck,
    private readonly addresses: EmailAddressRows,
    private readonly outbox: Outbox,
    private readonly proofs: MailProofs,
    private readonly audit: AuditService,
  ) {}

  /** @throws DomainError `service-unavailable` */
  async read({ userId }: TokenPrincipal): Promise<AccountAddresses> {
    return this.database.read((manager) => this.addresses.read(manager, userId));
  }

  /**
   * Sends a mail to an address, by which it can be verified. Until then the present one stands.
   * @returns the id to which the code in the mail is bound
   * @throws DomainError `validation-failed` if the password is wrong or a code is missing, `code-invalid`,
   *   `token-invalid` if what the caller proved no longer holds, `too-many-attempts`, `overloaded` or
   *   `service-unavailable`
   */
  async want(principal: TokenPrincipal, address: string, owner: OwnerProof): Promise<string> {
    const { userId, username } = principal;
    return this.writeOwned(principal, owner, 'to set an address', async (manager) => {
      await this.addresses.want(manager, userId, address);
      const details = { username };
      const mail = { kind: 'verify-address', userId, recipient: address, details } as const;
      return this.outbox.request(manager, mail);
    });
  }

  /**
   * Makes the address that got this secret the account's own, and tells the one that it had before.
   * @throws DomainError `code-invalid`, `email-taken` if another account was first, `token-invalid` if what the caller
   *   proved no longer holds, `too-many-attempts` or `service-unavailable`
   */
  async verify(principal: TokenPrincipal, secret: PresentedSecret): Promise<void> {
    const proof = await this.check.prove(principal, { isRepeatable: false });
    await this.proofs.spend('verify-address', secret, principal, async ({ recipient }, useUp) =>
      this.writeProved(principal, proof, async (manager) => {
        await useUp(manager);
        await this.makeVerified(manager, principal, recipient);
      }).catch(emailTaken),
    );
  }

  /**
   * Removes the address, and tells it. Does nothing if there is none.
   * @throws DomainError as `want`
   */
  async remove(principal: TokenPrincipal, owner: OwnerProof): Promise<void> {
    const { userId, username, sessionId, client } = principal;
    await this.writeOwned(principal, owner, 'to remove the address', async (manager) => {
      const { verified } = await this.addresses.read(manager, userId);
      await this.addresses.remove(manager, userId);
      if (verified === null) return;
      await this.audit.record(manager, { type: 'email.removed', userId, sessionId, client });
      const notice = { userId, recipient: verified, details: { username } };
      await this.outbox.notify(manager, { kind: 'address-removed', ...notice });
    });
  }

  /**
   * Writes what only the account's owner may.
   * @param purpose completes the sentence 'code is needed …'
   */
  private async writeOwned<T>(
    principal: TokenPrincipal,
    { password, code }: OwnerProof,
    purpose: string,
    write: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    const proof = await this.check.prove(principal, { isRepeatable: false });
    await this.currentPassword.require(principal, password, purpose);
    const codeProof = await this.factors.prove(principal, code, purpose);
    return this.writeProved(principal, proof, async (manager) => {
      await this.factors.use(manager, codeProof);
      return write(manager);
    });
  }

  private async writeProved<T>(
    { userId }: TokenPrincipal,
    proof: SessionProof,
    write: (manager: EntityManager) => Promise<T>,
  ): Promise<T> {
    return this.database.writeFor(userId, async (manager) => {
      // The session may have ended, or the password changed, while it was hashed.
      await this.sessions.requireProof(manager, proof);
      return write(manager);
    });
  }

  private async makeVerified(
    manager: EntityManager,
    { userId, username, sessionId, client }: TokenPrincipal,
    address: string,
  ): Promise<void> {
    const { verified: earlier, wanted } = await this.addresses.read(manager, userId);
    // It asked for another one meanwhile, or for none.
    if (wanted !== address) throw new DomainError('code-invalid');
    await this.addresses.verify(manager, userId, address);
    await this.audit.record(manager, { type: 'email.verified', userId, sessionId, client });
    if (earlier === null || foldedAddress(earlier) === foldedAddress(address)) return;
    const details = { username, newAddress: maskedAddress(address) };
    const notice = { kind: 'address-changed', userId, recipient: earlier, details } as const;
    await this.outbox.notify(manager, notice);
  }
}

/** Throws `email-taken` if the unique index refused a write; other errors as they are. */
function emailTaken(error: unknown): never {
  if (isDuplicateKey(error)) throw new DomainError('email-taken', { cause: error });
  throw error;
}
