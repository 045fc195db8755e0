import { Injectable } from '@nestjs/common';
import { timingSafeEqual } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { sha256 } from '../common/sha256.js';
import type { SecretMailKind } from './mail-kinds.js';
import { MailSecretRows, type FoundMail } from './mail-secret-rows.js';
import { hashOfCode } from './mail-secret-text.js';

/** What a person presents from a mail: the token of its link, or its code with the id that the request was answered. */
export type PresentedSecret =
  { readonly token: string } | { readonly id: string; readonly code: string };

/** The mail whose secret was right. */
export interface ProvedMail {
  readonly mailId: string;
  readonly userId: number;
  readonly recipient: string;
  /** Whether it was proved by its code, which cost a try. */
  readonly isByCode: boolean;
}

/** Checks the secrets of mails, which work once. */
@Injectable()
export class MailSecrets {
  constructor(private readonly rows: MailSecretRows) {}

  /**
   * The mail of a secret that is right at this moment. A code costs one of its five tries, in one atomic step; a link's
   * token can be asked for any number of times. Nothing is used up.
   * @throws DomainError `service-unavailable`
   */
  async prove(kind: SecretMailKind, secret: PresentedSecret): Promise<ProvedMail | undefined> {
    if ('token' in secret) {
      const found = await this.rows.findByToken(kind, sha256(secret.token));
      return found && proved(found, false);
    }
    const presented = hashOfCode(secret.code);
    const found = await this.rows.takeTry(kind, secret.id);
    if (!found || !timingSafeEqual(Buffer.from(presented), Buffer.from(found.code_hash))) {
      return undefined;
    }
    return proved(found, true);
  }

  /**
   * Uses the secrets of a mail up, in the transaction of what they allow, and before it: a change of the password or the
   * address makes them void. False if they were used, became void, or too old meanwhile: the password or the address
   * changed, or a newer mail of the kind went out.
   */
  async use(manager: EntityManager, { mailId }: ProvedMail): Promise<boolean> {
    return this.rows.useUp(manager, mailId);
  }

  /**
   * Gives the try of a code back: its owner was refused for another reason.
   * @throws DomainError `service-unavailable`
   */
  async giveBack({ mailId, isByCode }: ProvedMail): Promise<void> {
    if (isByCode) await this.rows.giveTryBack(mailId);
  }
}

function proved({ id, user_id: userId, recipient }: FoundMail, isByCode: boolean): ProvedMail {
  return { mailId: id, userId, recipient, isByCode };
}
