import { Injectable } from '@nestjs/common';
import { sha256 } from '../common/sha256.js';
import type { Counter } from '../throttling/counter.js';
import { Counters } from '../throttling/counters.js';
import { foldedAddress } from './email-address.js';
import type { MailKind } from './mail-kinds.js';

const MAILS_PER_HOUR = 3;
const HOUR_SECONDS = 3600;

/** How many mails of each kind an account and a recipient get: nobody can have a mailbox filled from here. */
@Injectable()
export class MailLimits {
  private readonly accounts: Counter;
  private readonly recipients: Counter;

  constructor(counters: Counters) {
    this.accounts = counters.named('mails-of-account', MAILS_PER_HOUR, HOUR_SECONDS);
    this.recipients = counters.named('mails-to-recipient', MAILS_PER_HOUR, HOUR_SECONDS);
  }

  /** Counts a mail. @returns whether it may be sent @throws DomainError `service-unavailable` */
  async admit(mail: {
    readonly kind: MailKind;
    readonly userId: number;
    readonly recipient: string;
  }): Promise<boolean> {
    const { kind, userId, recipient } = mail;
    if ((await this.accounts.raise(`${kind}:${userId}`)) > 0) return false;
    return (await this.recipients.raise(`${kind}:${keyOf(recipient)}`)) === 0;
  }
}

/** The same for an address in any case; counters need not know addresses. */
function keyOf(recipient: string): string {
  return sha256(foldedAddress(recipient));
}
