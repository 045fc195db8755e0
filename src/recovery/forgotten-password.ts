import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ClientInfo } from '../common/client-info.js';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import { foldedAddress, isEmailAddress } from '../mail/email-address.js';
import type { PresentedSecret } from '../mail/mail-secrets.js';
import { Outbox, type WantedMail } from '../mail/outbox.js';
import { DomainError } from '../problems/errors.js';
import type { LoginAttempt } from '../throttling/login-throttle.js';
import { RecoveryThrottle } from '../throttling/recovery-throttle.js';
import { readFacts, type UserFacts } from '../tokens/user-facts.js';
import { AccountsAdministration } from '../users/accounts-administration.js';
import { canonicalUsername } from '../users/username-rules.js';
import { MailProofs } from './mail-proofs.js';

/** Who forgot the password, as it was typed. */
export type AskedAccount = { readonly username: string } | { readonly email: string };

/** The way back for people who forgot their password: a mail to the address that they verified before. */
@Injectable()
export class ForgottenPassword {
  constructor(
    private readonly database: Database,
    private readonly throttle: RecoveryThrottle,
    private readonly outbox: Outbox,
    private readonly proofs: MailProofs,
    private readonly administration: AccountsAdministration,
  ) {}

  /**
   * Sends a mail to the verified address of an enabled account. The same happens, statement by statement, and the same is
   * answered, if there is no such account or address: nobody learns here who has one.
   * @returns the id to which the code in the mail is bound
   * @throws DomainError `too-many-attempts` or `service-unavailable`
   */
  async ask(asked: AskedAccount, client: ClientInfo): Promise<string> {
    await this.throttle.admit(client);
    return this.database.write(async (manager) =>
      this.outbox.request(manager, await wantedMail(manager, asked)),
    );
  }

  /**
   * Sets a new password by the secret of a mail, ends every session of the account and deletes its keys. It logs nobody
   * in, and leaves second factors as they are. A refused password uses nothing up.
   * @throws DomainError `reset-invalid`, `validation-failed` with the reason if this cannot be the password,
   *   `too-many-attempts`, `overloaded` or `service-unavailable`: then the password may be set
   */
  async reset(secret: PresentedSecret, password: string, client: ClientInfo): Promise<void> {
    const attempt = attemptOf(secret, client);
    await this.proofs.spend('reset-password', secret, attempt, async ({ userId: id }, useUp) => {
      const user = await this.database.read((manager) => requireEnabled(manager, id));
      const account = { id, username: user.username };
      await this.administration.resetPassword(account, password, client, async (manager) => {
        await requireEnabled(manager, id);
        await useUp(manager);
      });
    });
  }
}

/** The facts of an account whose password may be reset. @throws DomainError `reset-invalid` if it is disabled or gone */
async function requireEnabled(manager: EntityManager, userId: number): Promise<UserFacts> {
  const user = await readFacts(manager, userId);
  if (!user || user.isDisabled) throw new DomainError('reset-invalid');
  return user;
}

/**
 * As whose failed log-in a wrong secret counts: of the address that it came from, and of no account. Whose mail it would
 * be, and whether there is one, must not be told by a limit.
 */
function attemptOf(secret: PresentedSecret, client: ClientInfo): LoginAttempt {
  const presented = 'id' in secret ? secret.id : secret.token;
  // A username has no colon. What can be no secret at all counts as one of that address.
  return { username: `reset:${presented || client.address}`, userId: null, client };
}

/** What is written to the verified address of an enabled account; to nobody, if there is none. */
async function wantedMail(manager: EntityManager, asked: AskedAccount): Promise<WantedMail> {
  const [column, value] =
    'username' in asked
      ? ['users.username', nameOrNone(asked.username)]
      : ['email_addresses.folded_email', addressOrNone(asked.email)];
  const rows = await runStatement<AskedRow>(
    manager,
    `SELECT users.id AS id, username, email, factors.type AS factor_type
     FROM users JOIN email_addresses ON email_addresses.user_id = users.id
     LEFT JOIN factors ON factors.user_id = users.id AND activated_at_ms IS NOT NULL
     WHERE ${column} = $1 AND disabled_at_ms IS NULL AND email IS NOT NULL`,
    [value],
  );
  const [account] = rows;
  const types = rows.flatMap(({ factor_type: type }) => type ?? []);
  return {
    kind: 'reset-password',
    userId: account?.id,
    recipient: account?.email,
    details: account ? { username: account.username, factorTypes: [...new Set(types)] } : {},
  };
}

interface AskedRow {
  readonly id: number;
  readonly username: string;
  readonly email: string;
  /** Null if the account has no second factor. */
  readonly factor_type: string | null;
}

/** The name as accounts have it; an empty one, which no account has, for what can be no name. */
function nameOrNone(name: string): string {
  const canonical = canonicalUsername(name);
  return 'refusal' in canonical ? '' : canonical.username;
}

/** The same for an address. */
function addressOrNone(address: string): string {
  return isEmailAddress(address) ? foldedAddress(address) : '';
}
