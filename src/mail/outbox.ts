import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { randomId } from '../common/random-id.js';
import { Env } from '../config/env.js';
import { afterCommit } from '../database/after-commit.js';
import { MailJob } from './mail-job.js';
import type { MailDetails, NoticeKind, SecretMailKind } from './mail-kinds.js';
import { MailRows } from './mail-rows.js';

/** A mail with a secret that is wanted. */
export interface WantedMail {
  readonly kind: SecretMailKind;
  /** Undefined if there is no such account: the row is like others, and nothing is sent. */
  readonly userId: number | undefined;
  /** The stored address; undefined if there is none. */
  readonly recipient: string | undefined;
  readonly details: MailDetails;
}

/**
 * The mails that are to be sent: each is a row in the transaction that wants it. `MailJob` makes its secret and sends it,
 * so that no request waits for a mail server.
 */
@Injectable()
export class Outbox {
  constructor(
    private readonly env: Env,
    private readonly rows: MailRows,
    private readonly job: MailJob,
  ) {}

  /** Whether this service sends mails: always outside production, where a file stands for a mail, and with `SMTP_URL`. */
  get isOpen(): boolean {
    return this.env.sendsMail;
  }

  /**
   * Adds a mail with a secret. The job does not send it if the account or the recipient got three of its kind within the
   * hour; the caller cannot tell the difference. The secret is void once the account's password or address changes, so
   * what changes them comes before this in the transaction.
   * @returns the id to which the code in the mail is bound
   */
  async request(manager: EntityManager, wanted: WantedMail): Promise<string> {
    const { kind, userId = null, recipient = null, details } = wanted;
    const id = randomId();
    const isSent = this.isOpen && userId !== null && recipient !== null;
    await this.rows.add(
      manager,
      { id, kind, userId, recipient, details },
      isSent ? Date.now() : null,
    );
    afterCommit(manager, () => this.job.wake());
    return id;
  }

  /**
   * Adds a mail that tells the account's verified address, or the one given, that something happened. Does nothing if there
   * is no address, or if no mails are sent.
   */
  async notify(
    manager: EntityManager,
    notice: {
      readonly kind: NoticeKind;
      readonly userId: number;
      readonly recipient?: string;
      readonly details?: MailDetails;
    },
  ): Promise<void> {
    if (!this.isOpen) return;
    const { kind, userId, recipient = null, details = {} } = notice;
    await this.rows.addNotice(manager, { id: randomId(), kind, userId, recipient, details });
    afterCommit(manager, () => this.job.wake());
  }
}
