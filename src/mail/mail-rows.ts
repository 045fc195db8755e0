import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Database } from '../database/database.js';
import { runStatement } from '../database/statements.js';
import type { MailDetails, MailKind, NoticeKind, SecretMailKind } from './mail-kinds.js';
import { IS_CURRENT } from './mail-secret-rows.js';
import type { SecretHashes } from './mail-secret-text.js';

/** A process that claimed a mail and said no more by then has died: another one sends it. */
const CLAIM_MS = 120_000;

const HAS_SECRET = `kind IN ('verify-address', 'reset-password')`;

export interface NewMail<Kind extends MailKind = MailKind> {
  readonly id: string;
  readonly kind: Kind;
  readonly userId: number | null;
  readonly recipient: string | null;
  readonly details: MailDetails;
}

/** A mail that this process is to send, and no other one until the claim lapses. */
export interface ClaimedMail {
  readonly id: string;
  readonly kind: MailKind;
  readonly userId: number;
  readonly recipient: string;
  readonly details: MailDetails;
  readonly createdAtMs: number;
  /** How often it was claimed, this time included. */
  readonly attempts: number;
  /** Until when, which also tells this claim from others. */
  readonly claimedUntilMs: number;
  /** Whether a secret in it would be void already. */
  readonly isVoid: boolean;
}

/** The rows of mails, from the wish for one to its end. {@link MailSecretRows} has what their secrets allow. */
@Injectable()
export class MailRows {
  constructor(private readonly database: Database) {}

  /**
   * Adds a mail with a secret, which is void if the recipient is not, or no longer, an address of the account. It is newer
   * than each of its kind for the account, whatever the clock of the instance that wanted those says.
   * @param dueAtMs null for one that is not to be sent
   */
  async add(
    manager: EntityManager,
    mail: NewMail<SecretMailKind>,
    dueAtMs: number | null,
  ): Promise<void> {
    await runStatement(
      manager,
      `INSERT INTO mails (id, kind, user_id, recipient, details, created_at_ms, due_at_ms,
         credential_version, address_version)
       VALUES ($1, CAST($2 AS VARCHAR), CAST($3 AS INTEGER), CAST($4 AS VARCHAR), $5,
         (SELECT CASE WHEN MAX(created_at_ms) >= CAST($6 AS BIGINT) THEN MAX(created_at_ms) + 1
            ELSE CAST($6 AS BIGINT) END
          FROM mails WHERE user_id = CAST($3 AS INTEGER) AND kind = CAST($2 AS VARCHAR)),
         $7,
         (SELECT credential_version FROM users WHERE id = $3),
         (SELECT version FROM email_addresses
          WHERE user_id = $3 AND CAST($4 AS VARCHAR) IN (email, wanted_email)))`,
      [
        ...[mail.id, mail.kind, mail.userId, mail.recipient, JSON.stringify(mail.details)],
        ...[Date.now(), dueAtMs],
      ],
    );
  }

  /** Adds a mail to the recipient, or to the account's verified address; does nothing if there is neither. */
  async addNotice(manager: EntityManager, mail: NewMail<NoticeKind>): Promise<void> {
    const nowMs = Date.now();
    await runStatement(
      manager,
      `INSERT INTO mails (id, kind, recipient, details, created_at_ms, due_at_ms, user_id)
       SELECT CAST($1 AS VARCHAR), CAST($2 AS VARCHAR), COALESCE(CAST($3 AS VARCHAR), email),
         CAST($4 AS TEXT), CAST($5 AS BIGINT), CAST($6 AS BIGINT), users.id
       FROM users LEFT JOIN email_addresses ON email_addresses.user_id = users.id
       WHERE users.id = $7 AND COALESCE(CAST($3 AS VARCHAR), email) IS NOT NULL`,
      [mail.id, mail.kind, mail.recipient, JSON.stringify(mail.details), nowMs, nowMs, mail.userId],
    );
  }

  /** Whether there are mails to send now. @throws DomainError `service-unavailable` */
  async areDue(): Promise<boolean> {
    const rows = await this.database.read((manager) =>
      runStatement(manager, 'SELECT id FROM mails WHERE due_at_ms <= $1 LIMIT 1', [Date.now()]),
    );
    return rows.length > 0;
  }

  /**
   * Claims a mail that is due, in one atomic step: of those that were tried least often the one that has been due longest.
   * If it is one with a secret, it gets these, whose lifetime begins now.
   * @param isForUntried whether it must not have been tried yet
   * @throws DomainError `service-unavailable`
   */
  async claim(secrets: SecretHashes, isForUntried: boolean): Promise<ClaimedMail | undefined> {
    const nowMs = Date.now();
    const claimedUntilMs = nowMs + CLAIM_MS;
    const lock = this.database.isShared ? 'FOR UPDATE SKIP LOCKED' : '';
    const [row] = await this.database.write((manager) =>
      runStatement<ClaimedRow>(
        manager,
        `WITH due AS (
           SELECT id FROM mails WHERE due_at_ms <= $1 ${isForUntried ? 'AND attempts = 0' : ''}
           ORDER BY attempts, due_at_ms LIMIT 1 ${lock}
         )
         UPDATE mails SET due_at_ms = $2, sent_at_ms = $3, attempts = attempts + 1,
           token_hash = CASE WHEN ${HAS_SECRET} THEN $4 END,
           code_hash = CASE WHEN ${HAS_SECRET} THEN $5 END
         WHERE id IN (SELECT id FROM due) AND due_at_ms <= $1
         RETURNING id, kind, user_id, recipient, details, created_at_ms, attempts,
           (SELECT username FROM users WHERE users.id = mails.user_id) AS username,
           CASE WHEN ${HAS_SECRET} AND NOT ${IS_CURRENT} THEN 1 ELSE 0 END AS is_void`,
        [nowMs, claimedUntilMs, nowMs, secrets.token, secrets.code],
      ),
    );
    if (!row) return undefined;
    return {
      ...{ id: row.id, kind: row.kind, userId: row.user_id, recipient: row.recipient },
      details: { username: row.username, ...(JSON.parse(row.details) as MailDetails) },
      createdAtMs: Number(row.created_at_ms),
      ...{ attempts: row.attempts, claimedUntilMs, isVoid: row.is_void === 1 },
    };
  }

  /**
   * The mail went out: it is done, and so are older ones of its kind with a secret, which is void now. Of two that were
   * wanted in the same millisecond the ids decide which is the older one.
   * @throws DomainError `service-unavailable`
   */
  async finish(mail: ClaimedMail): Promise<void> {
    await this.database.writeFor(mail.userId, async (manager) => {
      const [done] = await runStatement(
        manager,
        `WITH own AS (SELECT id FROM mails WHERE id = $1 AND due_at_ms = $2)
         UPDATE mails SET due_at_ms = NULL WHERE id IN (SELECT id FROM own) RETURNING id`,
        [mail.id, mail.claimedUntilMs],
      );
      if (!done) return;
      await runStatement(
        manager,
        `UPDATE mails SET due_at_ms = NULL, token_hash = NULL, code_hash = NULL
         WHERE user_id = $1 AND kind = $2 AND ${HAS_SECRET}
           AND (created_at_ms < $3 OR created_at_ms = $4 AND id < $5)`,
        [mail.userId, mail.kind, mail.createdAtMs, mail.createdAtMs, mail.id],
      );
    });
  }

  /** The mail is not sent, now or later, and its secrets are void. @throws DomainError `service-unavailable` */
  async drop(mail: ClaimedMail): Promise<void> {
    await this.database.write((manager) =>
      runStatement(
        manager,
        `UPDATE mails SET due_at_ms = NULL, sent_at_ms = NULL, token_hash = NULL, code_hash = NULL
         WHERE id = $1 AND due_at_ms = $2`,
        [mail.id, mail.claimedUntilMs],
      ),
    );
  }

  /**
   * The mail is due again at another time.
   * @param attempts how many it had by then
   * @throws DomainError `service-unavailable`
   */
  async postpone(mail: ClaimedMail, dueAtMs: number, attempts = mail.attempts): Promise<void> {
    await this.database.write((manager) =>
      runStatement(
        manager,
        'UPDATE mails SET due_at_ms = $1, attempts = $2 WHERE id = $3 AND due_at_ms = $4',
        [dueAtMs, attempts, mail.id, mail.claimedUntilMs],
      ),
    );
  }

  /** How many mails are to be sent. @throws DomainError `service-unavailable` */
  async countWaiting(): Promise<number> {
    const [row] = await this.database.read((manager) =>
      runStatement<{ count: string | number }>(
        manager,
        'SELECT COUNT(*) AS count FROM mails WHERE due_at_ms IS NOT NULL',
        [],
      ),
    );
    return Number(row?.count);
  }

  /** Removes rows that are older than a point in time. @returns how many */
  async removeSome(createdBeforeMs: number, limit: number): Promise<number> {
    const removed = await this.database.write((manager) =>
      runStatement(
        manager,
        `WITH old AS (SELECT id FROM mails WHERE created_at_ms < $1 ORDER BY created_at_ms LIMIT $2)
         DELETE FROM mails WHERE id IN (SELECT id FROM old) RETURNING id`,
        [createdBeforeMs, limit],
      ),
    );
    return removed.length;
  }
}

interface ClaimedRow {
  readonly id: string;
  readonly kind: MailKind;
  readonly user_id: number;
  readonly recipient: string;
  readonly details: string;
  readonly created_at_ms: string | number;
  readonly attempts: number;
  readonly username: string;
  readonly is_void: number;
}
