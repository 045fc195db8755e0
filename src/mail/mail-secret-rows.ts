import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import type { SecretMailKind } from './mail-kinds.js';

const LINK_LIFETIME_MS = 3600 * 1000;
const CODE_LIFETIME_MS = 600 * 1000;
const CODE_TRIES = 5;

/** The password and the address are those for which the mail was wanted. */
export const IS_CURRENT = `EXISTS (
  SELECT 1 FROM users JOIN email_addresses ON email_addresses.user_id = users.id
  WHERE users.id = mails.user_id AND users.credential_version = mails.credential_version
    AND email_addresses.version = mails.address_version)`;

/** A mail of which a secret was presented. */
export interface FoundMail {
  readonly id: string;
  readonly user_id: number;
  readonly recipient: string;
}

/** What the rows of mails know of their secrets, each step atomic. */
@Injectable()
export class MailSecretRows {
  constructor(private readonly database: Database) {}

  /** The mail whose link has the token with this hash. @throws DomainError `service-unavailable` */
  async findByToken(kind: SecretMailKind, tokenHash: string): Promise<FoundMail | undefined> {
    const [row] = await this.database.read((manager) =>
      runStatement<FoundMail>(
        manager,
        `SELECT id, user_id, recipient FROM mails
         WHERE token_hash = $1 AND kind = $2 AND sent_at_ms > $3 AND ${IS_CURRENT}`,
        [tokenHash, kind, Date.now() - LINK_LIFETIME_MS],
      ),
    );
    return row;
  }

  /**
   * Takes one of the tries of a mail's code, in one atomic step. A mail that was never sent, because there was nobody to
   * send it to, loses its tries in the same way: the time that it takes tells nothing.
   * @returns the mail, with the hash of the right code; undefined if there is none, or no try is left
   * @throws DomainError `service-unavailable`
   */
  async takeTry(
    kind: SecretMailKind,
    id: string,
  ): Promise<(FoundMail & { readonly code_hash: string }) | undefined> {
    const [row] = await this.database.write((manager) =>
      runStatement<FoundMail & { code_hash: string | null }>(
        manager,
        `WITH own AS (SELECT id FROM mails WHERE id = $1 AND kind = $2)
         UPDATE mails SET wrong_codes = wrong_codes + 1
         WHERE id IN (SELECT id FROM own) AND wrong_codes < $3
         RETURNING id, user_id, recipient,
           CASE WHEN sent_at_ms > $4 AND ${IS_CURRENT} THEN code_hash END AS code_hash`,
        [id, kind, CODE_TRIES, Date.now() - CODE_LIFETIME_MS],
      ),
    );
    const codeHash = row?.code_hash ?? null;
    return row && codeHash !== null ? { ...row, code_hash: codeHash } : undefined;
  }

  /** @throws DomainError `service-unavailable` */
  async giveTryBack(id: string): Promise<void> {
    await this.database.write((manager) =>
      runStatement(
        manager,
        'UPDATE mails SET wrong_codes = wrong_codes - 1 WHERE id = $1 AND wrong_codes > 0',
        [id],
      ),
    );
  }

  /** Uses the secrets of a mail up. @returns whether they were right until now */
  async useUp(manager: EntityManager, id: string): Promise<boolean> {
    const used = await runStatement(
      manager,
      `WITH own AS (SELECT id FROM mails WHERE id = $1)
       UPDATE mails SET due_at_ms = NULL, token_hash = NULL, code_hash = NULL
       WHERE id IN (SELECT id FROM own) AND token_hash IS NOT NULL AND sent_at_ms > $2
         AND ${IS_CURRENT}
       RETURNING id`,
      [id, Date.now() - LINK_LIFETIME_MS],
    );
    return used.length > 0;
  }
}
